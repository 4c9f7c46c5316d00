//! The app that asks: first what it cannot forge, then what it says about itself.

use leptos::prelude::*;

use crate::components::{
    badge::{StatusBadge, Tone},
    text::plain,
    time::{Ago, day_of},
};
use types::consent::ConsentApp;

/// The app that asks. All it says about itself is shown as text and nothing else.
#[component]
pub(crate) fn Identity(
    /// The app.
    app: ConsentApp,
) -> impl IntoView {
    let ConsentApp {
        name,
        website,
        document_host,
        logo,
        verified,
        registered_by,
        registered_at,
        checked_at,
        now,
        ..
    } = app;
    let letter =
        name.chars().find(|letter| letter.is_alphanumeric()).unwrap_or('?').to_uppercase().to_string();
    view! {
        <section class="identity" aria-label="Who asks">
            {if verified {
                view! {
                    <p class="identity-trust">
                        <StatusBadge tone=Tone::Good label="Verified" />
                        " An administrator vouches for this app."
                    </p>
                }
                    .into_any()
            } else {
                view! {
                    <p class="identity-trust">
                        <StatusBadge tone=Tone::Warning label="Unverified" />
                        " Nobody here has checked that this app is what it says it is."
                    </p>
                }
                    .into_any()
            }}
            {document_host
                .map(|host| {
                    let checked = checked_at
                        .map(|at| {
                            vec![
                                plain(" This server cannot read that now: last checked "),
                                day_of(at),
                                plain("."),
                            ]
                        });
                    view! {
                        <p class="identity-trust">
                            "It is described at " <strong>{host}</strong> "." {checked}
                        </p>
                    }
                })}
            <div class="identity-app">
                {match logo {
                    Some(path) => view! { <img class="logo" src=path alt="" /> }.into_any(),
                    None => view! { <span class="logo" aria-hidden="true">{letter}</span> }.into_any(),
                }}
                <div>
                    <p class="identity-name"><bdi>{name}</bdi></p>
                    <p class="identity-facts">
                        {website
                            .map(|(host, url)| {
                                view! {
                                    <a href=url rel="external noopener noreferrer nofollow" target="_blank">{host}</a>
                                    " · "
                                }
                            })}
                        "Registered by " {registered_by} ", " <Ago now at=registered_at />
                    </p>
                </div>
            </div>
        </section>
    }
    .into_any()
}
