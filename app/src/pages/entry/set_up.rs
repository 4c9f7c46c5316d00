//! `/setup`: the first run.

use leptos::prelude::*;

use super::{Narrow, account_fields, void};
use crate::{
    api::opened_link,
    components::{
        form::{FormState, Input, PostForm},
        load::PageResource,
        query::use_query,
        text::plain,
    },
};
use types::{
    account::{LinkPage, NAME_MAX},
    form::Form,
    paths,
};

/// Makes the first person, with an organization and a product.
#[component]
pub(crate) fn SetUp() -> impl IntoView {
    let query = use_query();
    let token = move || query.with(|query| query.get("token").unwrap_or_default());
    let page = PageResource::new(token, move || opened_link(untrack(token)));
    page.shown(move |page| match page {
        LinkPage::SetUp => view! { <First token=untrack(token) /> }.into_any(),
        _ => void(
            "It was used already, it is more than an hour old, or the server was started again since. The server prints a \
             new one at each start, until somebody has an account.",
            (paths::SIGN_IN, "Sign in"),
        ),
    })
}

#[component]
fn First(token: String) -> impl IntoView {
    let form = FormState::new(Form::SetUp, vec![("token", token)]);
    let place =
        |name, label, hint| form.input(Input { name, label, hint, max: Some(NAME_MAX), ..Input::default() });
    view! {
        <Narrow
            heading="Welcome to Gatepass"
            about=Some(plain("Make the first account. It administers this server and owns the first workspace."))
        >
            <div class="card">
                <PostForm state=form>
                    {account_fields(form, None)}
                    {place("organization", "Organization", "Your company or team.")}
                    {place("product", "Product", "A space in it with its own data: apps get access to one at a time.")}
                    {form.submit("Create workspace", "button-primary button-wide")}
                </PostForm>
            </div>
        </Narrow>
    }
    .into_any()
}
