//! Search and status. All of it is in the URL; as a plain form it works without JavaScript.

use std::time::Duration;

use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    components::{
        erase::Erase,
        field::options,
        icon::{Glyph, Icon},
    },
    types::{
        apps::{AppsQuery, StatusFilter},
        paths,
    },
};

/// How long typing may pause before it is searched for.
const PAUSE: Duration = Duration::from_millis(300);

/// The search field and the status filter.
#[component]
pub(crate) fn Filters(
    /// The organization's slug.
    organization: String,
    /// What is shown now.
    query: AppsQuery,
) -> impl IntoView {
    let search = NodeRef::<html::Input>::new();
    let status = NodeRef::<html::Select>::new();
    let action = paths::apps(&organization);
    let navigate = use_navigate();
    let shown = query.clone();
    let show = StoredValue::new(move || {
        let (Some(search), Some(status)) = (search.get_untracked(), status.get_untracked()) else { return };
        let wanted =
            AppsQuery { search: search.value(), status: StatusFilter::from_word(&status.value()), page: 1 };
        if wanted != shown {
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&wanted.path(&organization), options);
        }
    });
    let typed = RwSignal::new(String::new());
    let pause = move |event| {
        let now = event_target_value(&event);
        typed.set(now.clone());
        set_timeout(
            move || {
                if typed.try_get_untracked() == Some(now) {
                    show.with_value(|show| show());
                }
            },
            PAUSE,
        );
    };
    view! {
        <form
            class="filters"
            role="search"
            method="get"
            action=action
            on:submit=move |event| {
                event.prevent_default();
                show.with_value(|show| show());
            }
        >
            <div class="search">
                <Icon glyph=Glyph::Search />
                <label class="visually-hidden" for="q">"Search apps"</label>
                <input
                    class="input"
                    id="q"
                    name="q"
                    type="search"
                    placeholder="Search apps, products, people"
                    value=query.search
                    node_ref=search
                    on:input=pause
                />
            </div>
            <div class="filter">
                <label for="status">"Status"</label>
                <select
                    class="input"
                    id="status"
                    name="status"
                    node_ref=status
                    on:change=move |_| show.with_value(|show| show())
                >
                    {options(
                        StatusFilter::ALL
                            .map(|filter| {
                                (filter.word().to_owned(), filter.label().to_owned(), filter == query.status)
                            }),
                    )}
                </select>
            </div>
            <button type="submit" class="button no-js">"Search"</button>
        </form>
    }
    .erased()
}
