//! The layout of pages.

use leptos::prelude::*;

use super::{inside::AnyChildren, title::PageTitle};

/// A page with its heading.
#[component]
pub(crate) fn Page(
    /// Names the document, beside the product's own name.
    title: String,
    /// The heading.
    heading: AnyView,
    /// The page above it: its address and its name.
    #[prop(optional)]
    back: Option<(String, &'static str)>,
    /// A few words below the heading.
    #[prop(optional)]
    about: Option<AnyView>,
    /// The actions of the page, beside the heading.
    #[prop(optional)]
    action: Option<AnyView>,
    /// Narrow enough for forms.
    #[prop(optional)]
    narrow: bool,
    /// The content.
    children: AnyChildren,
) -> impl IntoView {
    view! {
        <PageTitle text=format!("{title} · Gatepass") />
        <div class=if narrow { "page page-narrow" } else { "page" }>
            <header class="page-head">
                <div>
                    {back.map(|(href, name)| view! { <a class="back" href=href>{name}</a> }.into_any())}
                    <h1>{heading}</h1>
                    {about.map(|about| view! { <div class="page-about">{about}</div> }.into_any())}
                </div>
                {action}
            </header>
            {children.0}
        </div>
    }
    .into_any()
}

/// A part of a page with a heading of its own.
#[component]
pub(crate) fn Section(
    /// The `id` of its heading.
    id: &'static str,
    /// The heading.
    title: &'static str,
    /// Its further classes.
    #[prop(default = "")]
    class: &'static str,
    /// The content.
    children: AnyChildren,
) -> impl IntoView {
    view! {
        <section class=format!("section {class}") aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {children.0}
        </section>
    }
    .into_any()
}

/// Links to pages that belong together: the address, the label, and whether it is the one that is shown.
pub(crate) fn tabs(label: &'static str, all: Vec<(String, &'static str, bool)>) -> AnyView {
    let tab = |(href, label, current): (String, &'static str, bool)| {
        view! {
            <a class="tab" href=href aria-current=current.then_some("page")>
                {label}
            </a>
        }
        .into_any()
    };
    view! { <nav class="tabs" aria-label=label>{all.into_iter().map(tab).collect::<Vec<_>>()}</nav> }
        .into_any()
}

/// Names with their values.
pub(crate) fn facts(facts: Vec<(&'static str, AnyView)>) -> AnyView {
    let facts: Vec<_> = facts
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    view! { <dl class="facts">{facts}</dl> }.into_any()
}

/// Something to know before one goes on.
pub(crate) fn callout(parts: Vec<AnyView>) -> AnyView {
    view! { <p class="callout">{parts}</p> }.into_any()
}
