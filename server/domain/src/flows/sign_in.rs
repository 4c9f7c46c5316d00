//! Signing in.

use types::{
    paths,
    person::{DemoHint, SignInForm},
};

use crate::{Domain, demo};

/// Content of the sign-in page; `next` is the path to return to.
pub fn sign_in_form(domain: &Domain, next: &str) -> SignInForm {
    let people = demo::PEOPLE.iter().map(|person| (person.email.to_owned(), person.about.to_owned()));
    let demo = domain
        .config
        .options
        .demo
        .then(|| DemoHint { people: people.collect(), password: demo::PASSWORD.to_owned() });
    SignInForm { next: paths::local_path(next).to_owned(), demo, ..SignInForm::default() }
}
