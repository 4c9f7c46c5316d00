//! Forms of pages: `POST /forms/{name}`. They work before the application is in the browser, and without it: then the
//! answer is a redirect, a page that asks, or the page with the form again, with what was typed and what is wrong with it.
//! The application asks for JSON, and gets [`Answered`] or the failure.

mod accounts;
mod administration;
mod workspaces;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use domain::{
    Domain,
    actor::{Actor, Visit},
    flows::sign_in::SignedIn,
    oauth::params::Params,
};
use http::{HeaderMap, StatusCode, header};
use types::{
    failure::Failure,
    form::{Answered, CSRF, Done, FROM, Form, Refused, SURE, YES},
    paths::{self, local_path},
    problem::{Problem, Question},
};

use super::sign_in::session_cookies;
use crate::web::{known_browsers::KnownBrowsers, media_type, notice, pages::Pages};

/// The name of the field that a person fills in to confirm.
const CONFIRM: &str = "confirm";

/// The outcome of a form that was not refused.
enum Outcome {
    /// It is done: the path that follows, and a sentence about it.
    Done(String, String),
    /// The same, and somebody is signed in by now.
    SignedIn(SignedIn, String, String),
    /// The person is asked first.
    Ask(Ask),
    /// It is done, and the person gets something to take away.
    Show(Box<Problem>),
}

/// A question before something is lost.
#[derive(Default)]
struct Ask {
    title: String,
    detail: String,
    yes: &'static str,
    /// The label of a field to confirm, and its kind.
    typed: Option<(String, &'static str)>,
    harmless: bool,
}

/// The fields of a form.
struct Fields<'a> {
    params: &'a Params,
    /// The page that the form stands on.
    from: &'a str,
    /// Says if the person was asked, and is sure.
    sure: bool,
}

impl Fields<'_> {
    /// A value; empty when it is absent.
    fn text(&self, name: &str) -> &str {
        self.params.first(name).unwrap_or_default()
    }

    /// An id, or another word.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for what is none.
    fn parse<T: std::str::FromStr>(&self, name: &str) -> Result<T, Failure> {
        self.text(name).parse().map_err(|_| Failure::NotFound)
    }
}

/// Somebody who sends a form.
struct Sender<'a> {
    domain: &'a Domain,
    visit: &'a Visit,
    /// The person, for forms that are not for strangers.
    actor: Option<Actor>,
}

impl Sender<'_> {
    fn actor(&self) -> Result<&Actor, Failure> {
        self.actor.as_ref().ok_or(Failure::SignedOut)
    }
}

/// `POST /forms/{name}`.
pub async fn post(
    State(pages): State<Pages>,
    State(known_browsers): State<KnownBrowsers>,
    Extension(visit): Extension<Visit>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !media_type::is(&headers, "application/x-www-form-urlencoded") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(form) = name.parse::<Form>() else { return StatusCode::NOT_FOUND.into_response() };
    let params = Params::parse(&body);
    let from = local_path(params.first(FROM).unwrap_or("/"));
    let fields = Fields { params: &params, from, sure: params.first(SURE) == Some(YES) };
    // On the heap: some of them hash passwords, and wait for that.
    let outcome = Box::pin(perform(&pages.domain, &visit, form, &fields)).await;
    let answer = Answer { pages: &pages, visit: &visit, form, params: &params, from };
    if accepts_json(&headers) {
        return answer.to_application(outcome, &known_browsers, &headers);
    }
    // The question is asked again, with what is wrong with the answer.
    if let Err(Failure::Invalid { field, message }) = &outcome
        && field == CONFIRM
    {
        let asked = Box::pin(perform(&pages.domain, &visit, form, &Fields { sure: false, ..fields })).await;
        if let Ok(Outcome::Ask(ask)) = asked {
            let question = answer.question(ask, Some(message.clone()));
            return answer.page(StatusCode::UNPROCESSABLE_ENTITY, question).await;
        }
    }
    answer.to_browser(outcome, &known_browsers, &headers).await
}

fn accepts_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json")
}

/// Who, and may they; then the deed.
async fn perform(
    domain: &Domain,
    visit: &Visit,
    form: Form,
    fields: &Fields<'_>,
) -> Result<Outcome, Failure> {
    let mut sender = Sender { domain, visit, actor: None };
    if !form.is_for_strangers() {
        let actor = visit.actor().ok_or(Failure::SignedOut)?;
        if !domain.is_form_of(fields.text(CSRF), &actor.viewer.user_id) {
            let sentence = "Somebody else was signed in when this page was loaded. Load it again.";
            return Err(Failure::Forbidden(sentence.to_owned()));
        }
        sender.actor = Some(actor);
    }
    use Form::*;
    match form {
        SetUp | SignUp | CompleteSignUp | JoinAsNew | Join | RequestReset | ResetPassword | ConfirmEmail
        | ChangeName | ChangePassword | ChangeEmail | EndSession | EndOtherSessions | DeleteAccount => {
            accounts::perform(&sender, form, fields).await
        }
        CreateOrganization | ChangeOrganization | DeleteOrganization | LeaveOrganization | CreateProduct
        | ChangeProduct | DeleteProduct | Invite | WithdrawInvitation | ChangeMember | RemoveMember => {
            workspaces::perform(&sender, form, fields).await
        }
        DisableUser | EnableUser | MakeAdmin | UnmakeAdmin | ResetUser | DeleteUser | RemoveOrganization => {
            administration::perform(&sender, form, fields).await
        }
    }
}

/// The makings of an answer.
struct Answer<'a> {
    pages: &'a Pages,
    visit: &'a Visit,
    form: Form,
    params: &'a Params,
    from: &'a str,
}

impl Answer<'_> {
    /// JSON for the application.
    fn to_application(
        &self,
        outcome: Result<Outcome, Failure>,
        known_browsers: &KnownBrowsers,
        headers: &HeaderMap,
    ) -> Response {
        let config = &self.pages.domain.config;
        match outcome {
            Ok(Outcome::Done(to, notice)) => {
                Json(Answered::Done(Done { to, notice, anew: false })).into_response()
            }
            Ok(Outcome::SignedIn(signed_in, to, notice)) => {
                let mut cookies = session_cookies(config, known_browsers, headers, &signed_in).to_vec();
                cookies.extend(notice::cookie(config, &notice));
                let cookies: Vec<_> =
                    cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect();
                let done = Answered::Done(Done { to, notice: String::new(), anew: true });
                (AppendHeaders(cookies), Json(done)).into_response()
            }
            Ok(Outcome::Ask(ask)) => Json(Answered::Told(Box::new(self.question(ask, None)))).into_response(),
            Ok(Outcome::Show(problem)) => Json(Answered::Told(problem)).into_response(),
            Err(failure) => (status(&failure), Json(failure)).into_response(),
        }
    }

    /// A redirect or a page.
    async fn to_browser(
        &self,
        outcome: Result<Outcome, Failure>,
        known_browsers: &KnownBrowsers,
        headers: &HeaderMap,
    ) -> Response {
        let config = &self.pages.domain.config;
        match outcome {
            Ok(Outcome::Done(to, notice)) => {
                let cookies = notice::cookie(config, &notice).map(|cookie| (header::SET_COOKIE, cookie));
                (AppendHeaders(cookies), Redirect::to(&to)).into_response()
            }
            Ok(Outcome::SignedIn(signed_in, to, notice)) => {
                let mut cookies = session_cookies(config, known_browsers, headers, &signed_in).to_vec();
                cookies.extend(notice::cookie(config, &notice));
                let cookies: Vec<_> =
                    cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect();
                (AppendHeaders(cookies), Redirect::to(&to)).into_response()
            }
            Ok(Outcome::Ask(ask)) => self.page(StatusCode::OK, self.question(ask, None)).await,
            Ok(Outcome::Show(problem)) => self.page(StatusCode::OK, *problem).await,
            Err(Failure::SignedOut) => Redirect::to(&paths::sign_in_then(self.from)).into_response(),
            Err(failure) => self.refused(failure).await,
        }
    }

    /// The page that the form stands on, with what was typed and what is wrong; passwords are typed again.
    async fn refused(&self, failure: Failure) -> Response {
        let kept = |(name, _): &(&str, &str)| !name.contains("password") && !matches!(*name, CSRF | CONFIRM);
        let fields = self.params.pairs().filter(kept);
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let refused = Refused { form: self.form.to_string(), fields, failure };
        let status = status(&refused.failure);
        self.pages.render(self.visit, status, self.from, refused).await
    }

    async fn page(&self, status: StatusCode, problem: Problem) -> Response {
        self.pages.render(self.visit, status, &self.form.path(), problem).await
    }

    /// The question, as a form that is sent to the same address once more.
    fn question(&self, ask: Ask, error: Option<String>) -> Problem {
        let kept = |(name, _): &(&str, &str)| !matches!(*name, SURE | CONFIRM);
        let fields = self.params.pairs().filter(kept);
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Problem {
            title: ask.title,
            detail: ask.detail,
            question: Some(Question {
                action: self.form.path(),
                fields: fields.chain([(SURE.to_owned(), YES.to_owned())]).collect(),
                yes: ask.yes.to_owned(),
                no: if ask.yes.starts_with("Delete") { "Keep" } else { "Cancel" }.to_owned(),
                typed: ask.typed.map(|(label, kind)| (CONFIRM.to_owned(), label, kind.to_owned())),
                error,
                harmless: ask.harmless,
                keep: self.from.to_owned(),
                also: None,
            }),
            ..Problem::default()
        }
    }
}

fn status(failure: &Failure) -> StatusCode {
    StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A counted thing: `1 grant`, `2 grants`.
fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// A sentence about the access that ends; nothing where there is none.
fn ended(impact: types::client::Impact) -> String {
    match (impact.grants, impact.tokens) {
        (0, _) => String::new(),
        (grants, tokens) => {
            let verb = if grants + tokens == 1 { "ends" } else { "end" };
            format!("{} and {} {verb}.", counted(grants, "grant"), counted(tokens, "token"))
        }
    }
}
