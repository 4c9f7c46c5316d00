//! A request that the authorization server cannot go on with, told to a person.

use leptos::prelude::*;

use crate::{
    api::current_problem,
    components::{
        field::hidden,
        icon::{Glyph, Icon},
        load::PageResource,
        tell::confirming,
        title::PageTitle,
    },
};
use types::problem::{Problem, Question};

/// The problem that the server found with this request.
#[component]
pub(crate) fn ProblemPage() -> impl IntoView {
    let problem = PageResource::new(String::new, current_problem);
    problem.shown(|problem: Option<Problem>| {
        view! { <Notice problem=problem.unwrap_or_else(unknown) /> }.into_any()
    })
}

/// The words for a page that is opened without a request.
fn unknown() -> Problem {
    Problem {
        title: "Nothing to authorize".to_owned(),
        detail: "This address answers apps that ask for access. Start again from the app.".to_owned(),
        action: Some(("Go to the start page".to_owned(), "/".to_owned())),
        ..Problem::default()
    }
}

#[component]
fn Notice(problem: Problem) -> impl IntoView {
    let Problem { title, detail, action, copy, question } = problem;
    let copied = |(name, text): (String, String)| view! { <p>{name} ": " <code>{text}</code></p> }.into_any();
    let copies: Vec<_> = copy.into_iter().map(copied).collect();
    view! {
        <PageTitle text=format!("{title} · Gatepass") />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::Warning /></span>
            <h1>{title}</h1>
            <p>{detail}</p>
            {copies}
            {action
                .map(|(label, href)| {
                    view! {
                        <div class="empty-action">
                            <a class="button" href=href rel="external noreferrer">{label}</a>
                        </div>
                    }
                })}
            {question.map(ask)}
        </div>
    }
    .into_any()
}

/// The question as a form, which needs nothing of the application.
fn ask(question: Question) -> AnyView {
    let Question { action, fields, yes, no, also, typed, error, harmless, keep } = question;
    let also = also.map(|(label, (name, value))| {
        view! {
            <button type="submit" class="button button-danger" name=name value=value>
                {label}
            </button>
        }
    });
    view! {
        <form class="empty-action" method="post" action=action>
            {hidden(fields)}
            {typed.map(|typed| confirming(typed, Signal::stored(error)))}
            <a class="button" href=keep rel="external">{no}</a>
            {also}
            <button type="submit" class=if harmless { "button button-primary" } else { "button button-danger-solid" }>
                {yes}
            </button>
        </form>
    }
    .into_any()
}
