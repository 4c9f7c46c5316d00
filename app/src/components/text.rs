//! Small pieces of text, each made in one place.

use leptos::prelude::*;

/// A text as it is.
pub(crate) fn plain(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    text.into_any()
}

/// A name that a person chose: its direction of writing does not reach the text around it.
pub(crate) fn name(name: String) -> AnyView {
    view! { <bdi>{name}</bdi> }.into_any()
}

/// Something for programs.
pub(crate) fn code(text: impl Into<String>) -> AnyView {
    view! { <code>{text.into()}</code> }.into_any()
}

/// A name, and below it the e-mail address that tells people of the same name apart.
pub(crate) fn person((called, email): (String, String)) -> AnyView {
    vec![main(name(called)), note(plain(email))].into_any()
}

/// The first line of a cell.
pub(crate) fn main(content: AnyView) -> AnyView {
    view! { <span class="cell-main">{content}</span> }.into_any()
}

/// A smaller line below it.
pub(crate) fn note(content: AnyView) -> AnyView {
    view! { <span class="cell-note">{content}</span> }.into_any()
}

/// A word for something that is not there.
pub(crate) fn quiet(word: &'static str) -> AnyView {
    view! { <span class="cell-quiet">{word}</span> }.into_any()
}

/// A link to a page of this application.
pub(crate) fn link(href: String, content: AnyView) -> AnyView {
    view! { <a href=href>{content}</a> }.into_any()
}

/// A website that a stranger named: its host to show and its URL to open.
pub(crate) fn website((host, url): (String, String)) -> AnyView {
    view! { <a href=url rel="external noopener noreferrer nofollow" target="_blank">{host}</a> }.into_any()
}

/// A paragraph out of several pieces.
pub(crate) fn paragraph(class: &'static str, parts: Vec<AnyView>) -> AnyView {
    view! { <p class=class>{parts}</p> }.into_any()
}
