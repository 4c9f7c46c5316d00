//! `/invite/{token}`: an invitation to an organization.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{Narrow, account_fields, void};
use crate::{
    api::invitation,
    components::{
        form::{FormState, PostForm},
        load::PageResource,
        text::{link, name, plain},
    },
};
use types::{
    account::{InvitePage, Invited},
    form::Form,
    paths,
};

/// Shows an invitation, and takes it.
#[component]
pub(crate) fn Invite() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token").unwrap_or_default());
    let page = PageResource::new(token, move || invitation(untrack(token)));
    page.shown(move |InvitePage { invitation, viewer }| match invitation {
        Some(invited) => view! { <Invitation token=untrack(token) invited viewer /> }.into_any(),
        None => void(
            "It was used already, it was withdrawn, or it is too old. Ask whoever invited you for a new one.",
            ("/", "Go to the start page"),
        ),
    })
}

#[component]
fn Invitation(token: String, invited: Invited, viewer: Option<String>) -> impl IntoView {
    let Invited { organization, invited_by, role, products, email, member } = invited;
    let mut about = vec![name(invited_by), plain(" invites you as "), plain(role.to_string())];
    for (number, (product, role)) in products.into_iter().enumerate() {
        about.push(plain(if number == 0 { ", with the role " } else { ", " }));
        about.extend([plain(role), plain(" in "), name(product)]);
    }
    about.push(plain("."));
    let way = match viewer {
        Some(_) if member => view! {
            <p>"You are a member already."</p>
            <div class="empty-action"><a class="button" href="/">"Go to the start page"</a></div>
        }
        .into_any(),
        Some(viewer) => {
            let form = FormState::new(Form::Join, vec![("token", token.clone())]);
            view! {
                <p class="narrow-about">"You are signed in as " <strong>{viewer}</strong> "."</p>
                <PostForm state=form>{form.submit("Join", "button-primary button-wide")}</PostForm>
                <form method="post" action=paths::SIGN_OUT>
                    <input type="hidden" name="next" value=paths::invite(&token) />
                    <button type="submit" class="link">"Use a different account"</button>
                </form>
            }
            .into_any()
        }
        None => {
            let sign_in = paths::sign_in_then(&paths::invite(&token));
            let form = FormState::new(Form::JoinAsNew, vec![("token", token)]);
            view! {
                <PostForm state=form>
                    {account_fields(form, email)}
                    {form.submit("Create account and join", "button-primary button-wide")}
                </PostForm>
                <p class="narrow-foot">"You have an account? " {link(sign_in, plain("Sign in"))}</p>
            }
            .into_any()
        }
    };
    view! {
        <Narrow heading=format!("Join {organization}") about=Some(about.into_any())>
            <div class="card stack">{way}</div>
        </Narrow>
    }
    .into_any()
}
