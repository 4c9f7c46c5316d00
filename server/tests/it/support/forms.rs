//! Forms of pages, sent as the application sends them, or as a browser without it.

use http::StatusCode;
use serde_json::Value;
use types::{
    failure::Failure,
    form::{Answered, Form},
    problem::Problem,
};

use super::{Answer, Browser, hidden};

impl Browser<'_> {
    /// Sends a form as the application does. The page that it stands on says whose it is.
    pub async fn send_form(&mut self, form: Form, fields: &[(&str, &str)]) -> Answer {
        self.form_by(form, fields, &[("accept", "application/json")]).await
    }

    /// Sends a form as a browser does without the application.
    pub async fn send_plain_form(&mut self, form: Form, fields: &[(&str, &str)]) -> Answer {
        self.form_by(form, fields, &[("accept", "text/html")]).await
    }

    async fn form_by(&mut self, form: Form, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let csrf = if form.is_for_strangers() { String::new() } else { self.csrf().await };
        let from = ("from", "/settings/profile");
        let own = [("csrf", csrf.as_str()), from];
        let own = own.into_iter().filter(|(name, _)| !fields.iter().any(|(other, _)| other == name));
        let pairs: Vec<_> = own.chain(fields.iter().copied()).collect();
        let headers = [&[("sec-fetch-site", "same-origin")], headers].concat();
        self.post_from(&form.path(), &pairs, &headers).await
    }

    /// The text that ties forms to whoever is signed in; empty for nobody.
    pub async fn csrf(&mut self) -> String {
        let page = self.get("/settings/profile").await;
        if page.status == StatusCode::OK { hidden(&page.body, "csrf") } else { String::new() }
    }

    /// Sends a form that has to be done. Gives the path that follows, and what is said.
    pub async fn does(&mut self, form: Form, fields: &[(&str, &str)]) -> (String, String) {
        let answer = self.send_form(form, fields).await;
        match read(&answer) {
            Answered::Done(done) => (done.to, done.notice),
            Answered::Told(problem) => panic!("{form} asks: {problem:?}"),
        }
    }

    /// Sends a form that asks, or hands something over.
    pub async fn is_told(&mut self, form: Form, fields: &[(&str, &str)]) -> Problem {
        match read(&self.send_form(form, fields).await) {
            Answered::Told(problem) => *problem,
            Answered::Done(done) => panic!("{form} is done: {done:?}"),
        }
    }

    /// Sends a form that has to be refused.
    pub async fn is_refused(&mut self, form: Form, fields: &[(&str, &str)]) -> Failure {
        let answer = self.send_form(form, fields).await;
        refusal(&answer)
    }

    /// Sends a form whose question is answered with yes.
    pub async fn does_for_sure(&mut self, form: Form, fields: &[(&str, &str)]) -> (String, String) {
        self.does(form, &[fields, &[("sure", "yes")]].concat()).await
    }
}

fn read(answer: &Answer) -> Answered {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// The failure that a form was answered with.
pub fn refusal(answer: &Answer) -> Failure {
    assert!(!answer.status.is_success(), "{}", answer.body);
    let json: Value = answer.json();
    let failure: Failure = serde_json::from_value(json).unwrap();
    assert_eq!(failure.status(), answer.status.as_u16());
    failure
}

/// The field and the fault of a value that cannot be taken.
pub fn invalid(failure: &Failure) -> (&str, &str) {
    match failure {
        Failure::Invalid { field, message } => (field, message),
        other => panic!("{other:?}"),
    }
}
