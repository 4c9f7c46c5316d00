//! Small pieces of text, each made in one place.

use leptos::prelude::*;

use super::erase::{Erase, Piece};

/// A text as it is.
pub(crate) fn plain(text: impl Into<String>) -> Piece {
    let text: String = text.into();
    text.erased()
}

/// A name that a person chose: its direction of writing does not reach the text around it.
pub(crate) fn name(name: String) -> Piece {
    view! { <bdi>{name}</bdi> }.erased()
}

/// Something for programs.
pub(crate) fn code(text: String) -> Piece {
    view! { <code>{text}</code> }.erased()
}

/// A name, and below it the e-mail address that tells people of the same name apart.
pub(crate) fn person((called, email): (String, String)) -> Piece {
    vec![main(name(called)), note(plain(email))].erased()
}

/// The first line of a cell.
pub(crate) fn main(content: Piece) -> Piece {
    view! { <span class="cell-main">{content}</span> }.erased()
}

/// A smaller line below it.
pub(crate) fn note(content: Piece) -> Piece {
    view! { <span class="cell-note">{content}</span> }.erased()
}

/// What is not there, in a word.
pub(crate) fn quiet(word: &'static str) -> Piece {
    view! { <span class="cell-quiet">{word}</span> }.erased()
}

/// A link to a page of this application.
pub(crate) fn link(href: String, content: Piece) -> Piece {
    view! { <a href=href>{content}</a> }.erased()
}

/// A website that a stranger named: its host to show and its URL to open.
pub(crate) fn website((host, url): (String, String)) -> Piece {
    view! { <a href=url rel="external noopener noreferrer nofollow" target="_blank">{host}</a> }.erased()
}

/// A paragraph out of several pieces.
pub(crate) fn paragraph(class: &'static str, parts: Vec<Piece>) -> Piece {
    view! { <p class=class>{parts}</p> }.erased()
}
