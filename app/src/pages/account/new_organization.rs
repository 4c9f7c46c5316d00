//! `/settings/organizations/new`: makes an organization.

use leptos::prelude::*;

use crate::components::{
    form::{FormState, Input, PostForm},
    page::Page,
    text::plain,
};
use types::{account::NAME_MAX, form::Form};

/// Makes an organization.
#[component]
pub(crate) fn NewOrganization() -> impl IntoView {
    let form = FormState::new(Form::CreateOrganization, Vec::new());
    let field = Input { name: "name", label: "Name", focus: true, max: Some(NAME_MAX), ..Input::default() };
    view! {
        <Page
            title="New organization".to_owned()
            heading=plain("New organization")
            about=plain("A company or team with its own members, products and connected apps. You will own it.")
            narrow=true
        >
            <div class="card">
                <PostForm state=form>
                    {form.input(field)}
                    <div>{form.submit("Create organization", "button-primary")}</div>
                </PostForm>
            </div>
        </Page>
    }
    .into_any()
}
