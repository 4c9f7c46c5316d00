//! Asks before a grant dies.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::revoke_grant,
    components::{badge::ScopeBadges, dialog::Confirm, format::counted, toast::Toaster},
};
use types::{apps::AppRow, id::GrantId};

/// Asks whether to revoke the grant in `target`, and does it.
#[component]
pub(crate) fn RevokeDialog(
    /// The grant in question; the dialog is open while there is one.
    target: RwSignal<Option<AppRow>>,
    /// Called after it was revoked.
    #[prop(into)]
    revoked: Callback<GrantId>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let act = move |alike: bool| {
        let Some(row) = target.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            let outcome = revoke_grant(row.grant_id.clone(), alike).await;
            busy.set(false);
            // Before the focus moves: the dialog gives it back when it closes.
            target.set(None);
            match outcome {
                Ok(outcome) => {
                    let tokens = counted(outcome.tokens, "token", "tokens");
                    toaster.done(format!("{} was revoked. {tokens} stopped working.", row.app));
                    revoked.run(row.grant_id);
                }
                Err(failure) => toaster.failed(&failure),
            }
        });
    };
    let question = Signal::derive(move || {
        target.with(|row| row.as_ref().map(|row| format!("Revoke {}?", row.app))).unwrap_or_default()
    });
    view! {
        <Confirm
            open=Signal::derive(move || target.with(Option::is_some))
            close=move |()| target.set(None)
            id="revoke"
            question
            yes="Revoke"
            act=move |()| act(false)
            disabled=busy
        >
            {move || target.get().map(|row| view! { <What row all=Callback::new(move |()| act(true)) /> })}
        </Confirm>
    }
    .into_any()
}

/// The access that stops.
#[component]
fn What(row: AppRow, all: Callback<()>) -> impl IntoView {
    let alike = row.alike;
    let several = (alike > 1).then(|| {
        view! {
            <div class="stack">
                <p>
                    "It holds " {counted(alike, "access", "accesses")} " here, authorized by the same person at different times or on different devices."
                </p>
                <button type="button" class="button button-danger" on:click=move |_| all.run(())>
                    {format!("Revoke all {alike}")}
                </button>
            </div>
        }
    });
    view! {
        <p>
            <bdi>{row.app}</bdi> " loses its access to " <strong>{row.product}</strong> ", authorized by "
            {row.authorized_by} ":"
        </p>
        <ScopeBadges scopes=row.scopes />
        <p>
            "Its next call is refused and all its tokens for this authorization stop working. "
            "This cannot be undone; the app can ask for access again."
        </p>
        {several}
    }
    .into_any()
}
