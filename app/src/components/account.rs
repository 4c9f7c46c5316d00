//! The person who is signed in, where that matters for a decision.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use types::paths;

/// The person who is signed in, and the way to another account that keeps the authorization request.
#[component]
pub(crate) fn AccountChip(
    /// The person who is signed in.
    email: String,
    /// Names the authorization request.
    handle: String,
) -> impl IntoView {
    view! {
        <form class="account" method="post" action=paths::SIGN_OUT>
            <input type="hidden" name="next" value=paths::consent(&handle) />
            <span class="account-who">
                <Icon glyph=Glyph::Person />
                <span>"Signed in as " <strong>{email}</strong></span>
            </span>
            <button type="submit" class="link">"Use a different account"</button>
        </form>
    }
    .into_any()
}
