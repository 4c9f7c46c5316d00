//! Asks before a grant dies.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::revoke_grant,
    components::{badge::ScopeBadges, dialog::Confirm, format::counted, toast::Toaster},
    types::apps::AppRow,
};

/// Asks whether to revoke the grant in `target`, and does it.
#[component]
pub(crate) fn RevokeDialog(
    /// The grant in question; the dialog is open while there is one.
    target: RwSignal<Option<AppRow>>,
    /// Called after it was revoked.
    #[prop(into)]
    revoked: Callback<()>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let act = move |()| {
        let Some(row) = target.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match revoke_grant(row.grant_id).await {
                Ok(outcome) => {
                    let tokens = counted(outcome.tokens, "token", "tokens");
                    toaster.done(format!("{} was revoked. {tokens} stopped working.", row.app));
                    revoked.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
            target.set(None);
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
            act
            off=busy
        >
            {move || target.get().map(|row| view! { <What row /> })}
        </Confirm>
    }
    .into_any()
}

/// What stops.
#[component]
fn What(row: AppRow) -> impl IntoView {
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
    }
    .into_any()
}
