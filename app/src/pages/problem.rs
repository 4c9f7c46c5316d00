//! A request that the authorization server cannot go on with, told to a person.

use leptos::prelude::*;

use crate::{
    api::current_problem,
    components::{
        field::hidden,
        icon::{Glyph, Icon},
        load::PageResource,
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
        question: None,
    }
}

#[component]
fn Notice(problem: Problem) -> impl IntoView {
    let Problem { title, detail, action, question } = problem;
    view! {
        <PageTitle text=format!("{title} · Gatepass") />
        <div class="notice">
            <span class="empty-icon"><Icon glyph=Glyph::Warning /></span>
            <h1>{title}</h1>
            <p>{detail}</p>
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
    let Question { action, fields, yes, also, keep } = question;
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
            <a class="button" href=keep rel="external">"Keep"</a>
            {also}
            <button type="submit" class="button button-danger-solid">{yes}</button>
        </form>
    }
    .into_any()
}
