//! What a form is answered with instead of being done: a question, or something to take away.

use leptos::{html, prelude::*};

use super::{
    copyable::Copyable,
    dialog::Dialog,
    field::{Field, describe, hidden, invalid},
    focus::Row,
    form::{Sender, alert},
    inside::live,
};
use types::{
    failure::Failure,
    problem::{Problem, Question},
};

/// Tells something in a dialog, from anywhere in an area that has forms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tell {
    problem: RwSignal<Option<Problem>>,
    /// The row of the form that is answered so.
    row: StoredValue<Row>,
}

impl Tell {
    /// Provides it to everything below.
    pub(crate) fn provide() -> Self {
        let tell = Self { problem: RwSignal::new(None), row: StoredValue::new(None) };
        provide_context(tell);
        tell
    }

    /// That of the application.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Opens the dialog.
    pub(crate) fn show(self, problem: Problem, row: Row) {
        self.row.set_value(row);
        self.problem.set(Some(problem));
    }

    /// Closes it.
    pub(crate) fn close(self) {
        self.problem.set(None);
    }

    /// The row of the form that it was the last answer to.
    pub(crate) fn row(self) -> Row {
        self.row.try_update_value(Option::take).flatten()
    }
}

/// The dialog. Each area that has forms has it.
#[component]
pub(crate) fn TellDialog() -> impl IntoView {
    let tell = Tell::expect();
    let title = Signal::derive(move || {
        tell.problem.with(|problem| problem.as_ref().map(|problem| problem.title.clone())).unwrap_or_default()
    });
    view! {
        <Dialog open=Signal::derive(move || tell.problem.with(Option::is_some)) close=move |()| tell.close() id="tell" title>
            {live(move || tell.problem.get().map(|problem| view! { <Told problem tell /> }).into_any())}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Told(problem: Problem, tell: Tell) -> impl IntoView {
    let Problem { detail, copy, question, .. } = problem;
    let copies: Vec<_> =
        copy.into_iter().map(|(name, text)| view! { <Copyable name text /> }.into_any()).collect();
    let rest = match question {
        Some(question) => view! { <Ask question tell /> }.into_any(),
        None => view! {
            <div class="dialog-answer">
                <button type="button" class="button button-primary" autofocus on:click=move |_| tell.close()>
                    "Done"
                </button>
            </div>
        }
        .into_any(),
    };
    view! {
        <p>{detail}</p>
        {copies}
        {rest}
    }
    .into_any()
}

/// The question as a form of its own.
#[component]
fn Ask(question: Question, tell: Tell) -> impl IntoView {
    let Question { action, fields, yes, no, typed, harmless, keep, .. } = question;
    let element = NodeRef::<html::Form>::new();
    let busy = RwSignal::new(false);
    let fault = RwSignal::new(None::<Failure>);
    let sender = Sender::new(keep);
    let path = action.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(form) = element.get_untracked() {
            sender.clone().send(path.clone(), form, busy, fault);
        }
    };
    let asks = typed.is_some();
    let error = Signal::derive(move || match fault.get() {
        Some(Failure::Invalid { message, .. }) if asks => Some(message),
        _ => None,
    });
    let problem = move || fault.get().filter(|failure| !asks || !matches!(failure, Failure::Invalid { .. }));
    let sign_in = super::failure::to_sign_in();
    view! {
        <form class="stack" method="post" action=action node_ref=element on:submit=submit>
            {hidden(fields)}
            {typed.map(|typed| confirming(typed, error))}
            {live(move || problem().map(|failure| alert(&failure, sign_in.clone())).into_any())}
            <div class="dialog-answer">
                <button type="button" class="button" autofocus=!asks on:click=move |_| tell.close()>
                    {no}
                </button>
                <button
                    type="submit"
                    class=if harmless { "button button-primary" } else { "button button-danger-solid" }
                    aria-disabled=move || busy.get().then_some("true")
                >
                    {yes}
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// The field that a person fills in to confirm.
pub(crate) fn confirming(
    (name, label, kind): (String, String, String),
    error: Signal<Option<String>>,
) -> AnyView {
    let described = describe(name.clone(), "", error);
    let complete = if kind == "password" { "current-password" } else { "off" };
    view! {
        <Field id=name.clone() label error>
            <input
                class="input"
                id=name.clone()
                name=name
                type=kind
                required
                autofocus
                autocomplete=complete
                spellcheck="false"
                aria-invalid=move || invalid(error)
                aria-describedby=described
            />
        </Field>
    }
    .into_any()
}
