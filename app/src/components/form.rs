//! Forms that post to an address of their own. In the browser the application sends them, and the page stays; before it is
//! there, or without it, the browser does, and the answer is a page.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local, web_sys::HtmlFormElement};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    failure::to_sign_in,
    field::{Field, describe, hidden, invalid},
    focus,
    inside::{AnyChildren, live},
    tell::Tell,
    toast::Toaster,
};
use crate::wire::{self, Failed};
use types::{
    failure::Failure,
    form::{Answered, Arrival, CSRF, Done, FROM, Form, Refused},
};

/// Fields that nobody sees, with what they say.
type Fixed = Vec<(&'static str, String)>;

/// Things that came with the page as a document.
fn arrival() -> Arrival {
    use_context::<StoredValue<Arrival>>().map(|arrival| arrival.get_value()).unwrap_or_default()
}

/// The state of a form.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    form: Form,
    fixed: StoredValue<Fixed>,
    /// The form as it was refused, if the page is the answer to it.
    refused: StoredValue<Option<Refused>>,
    /// The names of its visible fields.
    names: StoredValue<Vec<&'static str>>,
    fault: RwSignal<Option<Failure>>,
    busy: RwSignal<bool>,
}

impl FormState {
    /// A form with these hidden fields. What was typed before the page was loaded as the answer to it is in it again.
    pub(crate) fn new(form: Form, fixed: Fixed) -> Self {
        let refused = arrival().refused;
        let refused = (!refused.is_empty()).then(|| wire::read::<Refused>(&refused).ok()).flatten();
        let refused = refused.filter(|refused| {
            refused.form == form.as_str()
                && fixed.iter().all(|(name, value)| refused.value(name).unwrap_or_default() == value)
        });
        Self {
            form,
            fault: RwSignal::new(refused.as_ref().map(|refused| refused.failure.clone())),
            names: StoredValue::default(),
            busy: RwSignal::new(false),
            fixed: StoredValue::new(fixed),
            refused: StoredValue::new(refused),
        }
    }

    /// The value that a field begins with: `first`, or what was typed.
    pub(crate) fn value(self, name: &'static str, first: String) -> String {
        self.names.update_value(|names| names.push(name));
        self.refused.with_value(|refused| match refused {
            Some(refused) => refused.value(name).unwrap_or_default().to_owned(),
            None => first,
        })
    }

    /// The fault of a field.
    pub(crate) fn error(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || match self.fault.get() {
            Some(Failure::Invalid { field, message }) if field == name => Some(message),
            _ => None,
        })
    }

    /// A fault that is of no field on the page.
    fn problem(self) -> Option<Failure> {
        self.fault.get().filter(|failure| match failure {
            Failure::Invalid { field, .. } => !self.names.with_value(|names| names.contains(&field.as_str())),
            _ => true,
        })
    }

    /// The button that sends it.
    pub(crate) fn submit(self, label: &'static str, class: &'static str) -> AnyView {
        self.submit_about(label, class, None)
    }

    /// The same; `about` names it for those who do not see where it stands.
    pub(crate) fn submit_about(
        self,
        label: &'static str,
        class: &'static str,
        about: Option<String>,
    ) -> AnyView {
        view! {
            <button
                type="submit"
                class=format!("button {class}")
                aria-label=about
                aria-disabled=move || self.busy.get().then_some("true")
            >
                {label}
            </button>
        }
        .into_any()
    }

    /// A field.
    pub(crate) fn input(self, input: Input) -> AnyView {
        let Input { name, label, first, kind, hint, complete, optional, focus, max } = input;
        let id = format!("{}-{name}", self.form);
        let error = self.error(name);
        let value = if kind == "password" {
            self.names.update_value(|names| names.push(name));
            String::new()
        } else {
            self.value(name, first)
        };
        let described = describe(id.clone(), hint, error);
        view! {
            <Field id=id.clone() label hint error>
                <input
                    class="input"
                    id=id
                    name=name
                    type=kind
                    value=value
                    autocomplete=complete
                    autocapitalize=(kind != "text").then_some("none")
                    spellcheck="false"
                    required=!optional
                    autofocus=focus
                    maxlength=max.map(|max| max.to_string())
                    aria-invalid=move || invalid(error)
                    aria-describedby=described
                />
            </Field>
        }
        .into_any()
    }
}

/// A field for a line.
pub(crate) struct Input {
    /// Its name in the form.
    pub(crate) name: &'static str,
    /// Its label.
    pub(crate) label: &'static str,
    /// The value that it begins with.
    pub(crate) first: String,
    /// `text`, `email` or `password`.
    pub(crate) kind: &'static str,
    /// Helps to fill it in.
    pub(crate) hint: &'static str,
    /// The kind of value that browsers may offer.
    pub(crate) complete: &'static str,
    /// Says if it may stay empty.
    pub(crate) optional: bool,
    /// Says if it gets the focus.
    pub(crate) focus: bool,
    /// Most characters.
    pub(crate) max: Option<usize>,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            name: "",
            label: "",
            first: String::new(),
            kind: "text",
            hint: "",
            complete: "off",
            optional: false,
            focus: false,
            max: None,
        }
    }
}

/// A form with its fields and its button.
#[component]
pub(crate) fn PostForm(
    /// Its state.
    state: FormState,
    /// Its classes.
    #[prop(default = "stack")]
    class: &'static str,
    /// Its fields and its button.
    children: AnyChildren,
) -> impl IntoView {
    let element = NodeRef::<html::Form>::new();
    let here = super::failure::here();
    let mut fields = state.fixed.get_value();
    fields.extend([(CSRF, arrival().csrf), (FROM, here.clone())]);
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let sender = Sender::new(here);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = element.get_untracked() else { return };
        sender.clone().send(state.form.path(), form, state.busy, state.fault);
    };
    let page = to_sign_in();
    view! {
        <form class=class method="post" action=state.form.path() node_ref=element on:submit=submit>
            {hidden(fields)}
            {children.0}
            {live(move || state.problem().map(|failure| alert(&failure, page.clone())).into_any())}
        </form>
    }
    .into_any()
}

/// A failure beside the form. What was typed stays; after signing in elsewhere it can be sent.
pub(crate) fn alert(failure: &Failure, sign_in: String) -> AnyView {
    let link = (*failure == Failure::SignedOut).then(|| view! { " " <a href=sign_in>"Sign in"</a> });
    view! {
        <p class="alert" role="alert">
            {failure.to_string()}
            {link}
        </p>
    }
    .into_any()
}

/// Sends forms of a page, and goes on from their answers.
#[derive(Clone)]
pub(crate) struct Sender {
    here: String,
    navigate: std::sync::Arc<dyn Fn(&str) + Send + Sync>,
    toaster: Toaster,
    tell: Tell,
    refresh: Refresh,
}

impl Sender {
    /// For forms of the page at this path.
    pub(crate) fn new(here: String) -> Self {
        let navigate = use_navigate();
        let navigate = move |to: &str| navigate(to, NavigateOptions::default());
        Self {
            here,
            navigate: std::sync::Arc::new(navigate),
            toaster: Toaster::expect(),
            tell: Tell::expect(),
            refresh: Refresh::expect(),
        }
    }

    /// Sends a form, unless it is on its way.
    pub(crate) fn send(
        self,
        path: String,
        form: HtmlFormElement,
        busy: RwSignal<bool>,
        fault: RwSignal<Option<Failure>>,
    ) {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = wire::submit(path, &form).await;
            busy.set(false);
            match answer {
                Ok(answer) => {
                    fault.set(None);
                    self.answered(answer, &form);
                }
                Err(Failed(failure)) => {
                    let field = match &failure {
                        Failure::Invalid { field, .. } => format!("[name=\"{field}\"]"),
                        _ => "[type=submit]".to_owned(),
                    };
                    fault.set(Some(failure));
                    focus::on(form.query_selector(&field).ok().flatten());
                }
            }
        });
    }

    fn answered(self, answer: Answered, form: &HtmlFormElement) {
        match answer {
            Answered::Told(problem) => self.tell.show(*problem, focus::row_of(form)),
            Answered::Done(Done { to, anew: true, .. }) => {
                let _ = window().location().assign(&to);
            }
            Answered::Done(Done { to, notice, .. }) => {
                self.tell.close();
                if !notice.is_empty() {
                    self.toaster.done(notice);
                }
                focus::after(focus::row_of(form).or_else(|| self.tell.row()));
                if to != self.here {
                    (self.navigate)(&to);
                }
                self.refresh.now();
            }
        }
    }
}

/// Fetches what is shown again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refresh(RwSignal<u32>);

impl Refresh {
    /// Provides it to everything below.
    pub(crate) fn provide() -> Self {
        let refresh = Self(RwSignal::new(0));
        provide_context(refresh);
        refresh
    }

    /// That of the application.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Does it.
    pub(crate) fn now(self) {
        self.0.update(|times| *times = times.wrapping_add(1));
    }

    /// Number of times so far, to be watched.
    pub(crate) fn times(self) -> u32 {
        self.0.get()
    }
}
