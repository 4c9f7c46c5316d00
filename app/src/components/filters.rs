//! Search and filters of a table. All of it is in the URL; as a plain form it works without JavaScript.

use std::time::Duration;

use leptos::{html, prelude::*, web_sys::FormData};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    field::options,
    icon::{Glyph, Icon},
};
use types::paths;

/// The pause in typing after which it is searched for.
const PAUSE: Duration = Duration::from_millis(300);

/// The words of what is usually on.
const ON: &str = "on";
const OFF: &str = "off";

/// The ways to narrow a table, beside the search.
pub(crate) enum Filter {
    /// One of several words. The first is the default, and left out of the URL.
    OneOf {
        /// Its name in the query, and the `id` of the control.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// Each word with what people read.
        words: Vec<(&'static str, &'static str)>,
        /// The word that is chosen.
        chosen: &'static str,
    },
    /// Yes or no.
    Only {
        /// Its name in the query, and the `id` of the control.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// The rest of the sentence.
        rest: &'static str,
        /// Says if it is on.
        on: bool,
    },
    /// On, unless somebody switches it off.
    Usual {
        /// Its name in the query, and the `id` of the control.
        name: &'static str,
        /// Its label.
        label: &'static str,
        /// Says if it is on.
        on: bool,
    },
    /// The part that stays as it is.
    Kept {
        /// Its name in the query.
        name: &'static str,
        /// Its value.
        value: String,
    },
}

impl Filter {
    const fn name(&self) -> &'static str {
        match self {
            Self::OneOf { name, .. }
            | Self::Only { name, .. }
            | Self::Usual { name, .. }
            | Self::Kept { name, .. } => name,
        }
    }

    /// Its value in the query.
    fn value(&self) -> &str {
        match self {
            Self::OneOf { chosen, .. } => chosen,
            Self::Only { on, .. } => ["", "true"][usize::from(*on)],
            Self::Usual { on, .. } => [OFF, ON][usize::from(*on)],
            Self::Kept { value, .. } => value,
        }
    }

    /// The value that is left out of the URL.
    fn default(&self) -> &'static str {
        match self {
            Self::OneOf { words, .. } => words.first().map_or("", |(word, _)| word),
            Self::Usual { .. } => ON,
            Self::Only { .. } | Self::Kept { .. } => "",
        }
    }
}

/// The search field and the filters of a table.
#[component]
pub(crate) fn Filters(
    /// The path of the page.
    action: String,
    /// Names the search field.
    label: &'static str,
    /// The things that can be searched for.
    placeholder: &'static str,
    /// The words that are searched for now.
    search: String,
    /// The filters.
    filters: Vec<Filter>,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let names: Vec<_> = filters.iter().map(|filter| (filter.name(), filter.default())).collect();
    let shown = {
        let said = |name: &str| match filters.iter().find(|filter| filter.name() == name) {
            Some(filter) => filter.value().to_owned(),
            None => search.clone(),
        };
        address(&action, &names, said)
    };
    let asked = StoredValue::new((action.clone(), names, shown));
    let navigate = use_navigate();
    let show = Callback::new(move |()| {
        let data = form.get_untracked().and_then(|form| FormData::new_with_form(&form).ok());
        let Some(data) = data else { return };
        let said = |name: &str| data.get(name).as_string().unwrap_or_default();
        let wanted = asked.with_value(|(action, names, _)| address(action, names, said));
        if asked.with_value(|(.., shown)| *shown != wanted) {
            navigate(&wanted, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
            asked.update_value(|(.., shown)| *shown = wanted);
        }
    });
    Effect::new(move |_| {
        let Some(form) = form.get() else { return };
        if document().active_element().is_some_and(|element| form.contains(Some(&element))) {
            // The person may have typed before the page came to life, or while it was fetched.
            show.run(());
        } else {
            // The controls say what the page shows, also after a link has changed it.
            form.reset();
        }
    });
    let typed = StoredValue::new(0_u32);
    let pause = move |_| {
        typed.update_value(|typed| *typed += 1);
        let now = typed.get_value();
        set_timeout(
            move || {
                if typed.try_get_value() == Some(now) {
                    show.run(());
                }
            },
            PAUSE,
        );
    };
    let controls: Vec<_> = filters.into_iter().map(control).collect();
    view! {
        <form
            class="filters"
            role="search"
            method="get"
            action=action
            node_ref=form
            on:change=move |_| show.run(())
            on:submit=move |event| {
                event.prevent_default();
                show.run(());
            }
        >
            <div class="search">
                <Icon glyph=Glyph::Search />
                <label class="visually-hidden" for="q">{label}</label>
                <input
                    class="input"
                    id="q"
                    name="q"
                    type="search"
                    placeholder=placeholder
                    value=search
                    on:input=pause
                />
            </div>
            {controls}
            <button type="submit" class="button no-js">"Search"</button>
        </form>
    }
    .into_any()
}

fn control(filter: Filter) -> AnyView {
    match filter {
        Filter::OneOf { name, label, words, chosen } => {
            let words =
                words.into_iter().map(|(word, words)| (word.to_owned(), words.to_owned(), word == chosen));
            view! {
                <div class="filter">
                    <label for=name>{label}</label>
                    <select class="input" id=name name=name>
                        {options(words)}
                    </select>
                </div>
            }
            .into_any()
        }
        Filter::Only { name, label, rest, on } => view! {
            <div class="filter">
                <input
                    class="check"
                    type="checkbox"
                    id=name
                    name=name
                    value="true"
                    checked=on
                    aria-describedby=format!("{name}-rest")
                />
                <label for=name>{label}</label>
                <span id=format!("{name}-rest")>{rest}</span>
            </div>
        }
        .into_any(),
        // Forms leave out what is not ticked; of two values the first counts.
        Filter::Usual { name, label, on } => view! {
            <div class="filter">
                <input class="check" type="checkbox" id=name name=name value=ON checked=on />
                <input type="hidden" name=name value=OFF />
                <label for=name>{label}</label>
            </div>
        }
        .into_any(),
        Filter::Kept { name, value } => view! { <input type="hidden" name=name value=value /> }.into_any(),
    }
}

/// The address of what the controls say, without what is the default.
fn address(action: &str, names: &[(&'static str, &'static str)], said: impl Fn(&str) -> String) -> String {
    let values: Vec<_> = [("q", "")]
        .iter()
        .chain(names)
        .map(|&(name, default)| (name, Some(said(name)).filter(|value| value != default).unwrap_or_default()))
        .collect();
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    paths::with_query(action, &values)
}
