//! Forms about accounts.

use domain::{
    accounts::profile,
    flows::{
        endings,
        joining::{self, NewAccount},
        passwords::{self, NewPassword},
        set_up::{self, FirstRun},
    },
};
use types::{
    failure::Failure,
    form::{Form, YES},
    paths,
};

use super::{Ask, Fields, Outcome, Sender, counted};

/// Said for a link that opens nothing.
const VOID: &str = "This link was used already, or it is too old.";

/// Does what a form about accounts asks for.
pub(super) async fn perform(
    sender: &Sender<'_>,
    form: Form,
    fields: &Fields<'_>,
) -> Result<Outcome, Failure> {
    let Sender { domain, visit, .. } = *sender;
    let text = |name: &str| fields.text(name);
    let token = text("token");
    let account = NewAccount { name: text("name"), email: text("email"), password: text("password") };
    let revokes = text("revoke") == YES;
    Ok(match form {
        Form::SetUp => {
            let first = FirstRun {
                token,
                name: account.name,
                email: account.email,
                password: account.password,
                organization: text("organization"),
                product: text("product"),
            };
            let (signed_in, to) = void(set_up::set_up(domain, visit, &first).await)?;
            Outcome::SignedIn(signed_in, to, String::new())
        }
        Form::SignUp => {
            joining::request_sign_up(domain, visit, account.email).await?;
            Outcome::Done(
                paths::SIGN_IN.to_owned(),
                "Open the link in the mail that is on its way.".to_owned(),
            )
        }
        Form::CompleteSignUp => {
            let signed_in = void(joining::complete_sign_up(domain, visit, token, &account).await)?;
            Outcome::SignedIn(signed_in, "/".to_owned(), String::new())
        }
        Form::JoinAsNew => {
            let (signed_in, to) = void(joining::join_as_new(domain, visit, token, &account).await)?;
            Outcome::SignedIn(signed_in, to, String::new())
        }
        Form::Join => {
            let to = void(joining::join(domain, sender.actor()?, token).await)?;
            Outcome::Done(to, "You are a member now.".to_owned())
        }
        Form::RequestReset => {
            passwords::request_reset(domain, visit, account.email).await?;
            let notice = "If this address has an account, a mail with a link is on its way to it.";
            Outcome::Done(paths::SIGN_IN.to_owned(), notice.to_owned())
        }
        Form::ResetPassword => {
            let new = NewPassword { password: account.password, revokes };
            let signed_in = void(passwords::reset(domain, visit, token, new).await)?;
            Outcome::SignedIn(signed_in, "/".to_owned(), "Your password is changed.".to_owned())
        }
        Form::ConfirmEmail => {
            void(profile::confirm_email(domain, visit, token).await)?;
            Outcome::Done(paths::PROFILE.to_owned(), "Your e-mail address is changed.".to_owned())
        }
        Form::ChangeName => {
            profile::rename(domain, sender.actor()?, account.name).await?;
            Outcome::Done(paths::PROFILE.to_owned(), "Your name is changed.".to_owned())
        }
        Form::ChangePassword => {
            let new = NewPassword { password: text("new_password"), revokes };
            passwords::change(domain, sender.actor()?, account.password, new).await?;
            let notice = "Your password is changed. You are signed out everywhere else.";
            Outcome::Done(paths::PROFILE.to_owned(), notice.to_owned())
        }
        Form::ChangeEmail => {
            profile::request_email(domain, sender.actor()?, account.email, account.password).await?;
            let notice = "Open the link in the mail that is on its way to the new address.";
            Outcome::Done(paths::PROFILE.to_owned(), notice.to_owned())
        }
        Form::EndSession => {
            profile::end_session(domain, sender.actor()?, text("session")).await?;
            Outcome::Done(paths::SESSIONS.to_owned(), "That browser is signed out.".to_owned())
        }
        Form::EndOtherSessions => {
            let ended = profile::end_other_sessions(domain, sender.actor()?).await?;
            let notice = match ended {
                0 => "You are signed in nowhere else.".to_owned(),
                ended => format!("{} ended.", counted(ended, "session")),
            };
            Outcome::Done(paths::SESSIONS.to_owned(), notice)
        }
        Form::DeleteAccount => return delete(sender, fields).await,
        _ => return Err(Failure::NotFound),
    })
}

async fn delete(sender: &Sender<'_>, fields: &Fields<'_>) -> Result<Outcome, Failure> {
    let actor = sender.actor()?;
    if !fields.sure {
        let ending = endings::of_account(sender.domain, &actor.viewer.user_id).await?;
        return Ok(Outcome::Ask(Ask {
            title: "Delete your account?".to_owned(),
            detail: format!(
                "{} that you registered and {} with {} end, in every organization. You leave all of them. This cannot be \
                 undone.",
                counted(ending.records, "app"),
                counted(ending.impact.grants, "grant"),
                counted(ending.impact.tokens, "token"),
            ),
            yes: "Delete account",
            typed: Some(("Password".to_owned(), "password")),
            harmless: false,
        }));
    }
    endings::delete_own_account(sender.domain, actor, fields.text(super::CONFIRM)).await?;
    Ok(Outcome::Done(paths::SIGN_IN.to_owned(), "Your account is deleted.".to_owned()))
}

/// A void link is said to be one.
fn void<T>(result: Result<T, Failure>) -> Result<T, Failure> {
    result.map_err(|failure| match failure {
        Failure::NotFound => Failure::Forbidden(VOID.to_owned()),
        failure => failure,
    })
}
