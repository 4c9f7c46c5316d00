//! Forms of instance admins.

use domain::flows::{endings, user_administration};
use types::{failure::Failure, form::Form, id::UserId, paths, problem::Problem};

use super::{Ask, Fields, Outcome, Sender, counted, ended, workspaces::deletion};

/// Does what a form of administrators asks for.
pub(super) async fn perform(
    sender: &Sender<'_>,
    form: Form,
    fields: &Fields<'_>,
) -> Result<Outcome, Failure> {
    let (domain, actor) = (sender.domain, sender.actor()?);
    if form == Form::RemoveOrganization {
        return remove_organization(sender, fields).await;
    }
    let user_id: UserId = fields.parse("user")?;
    let page = user_administration::user(domain, actor, &user_id).await?;
    let name = page.user.name;
    if !fields.sure
        && let Some(ask) = question(form, &name, page.grants, page.user.apps.unsigned_abs())
    {
        return Ok(Outcome::Ask(ask));
    }
    let back = |notice: &str| Outcome::Done(paths::admin_user(&user_id), notice.to_owned());
    Ok(match form {
        Form::DisableUser => {
            user_administration::set_disabled(domain, actor, &user_id, true).await?;
            back("The account is disabled.")
        }
        Form::EnableUser => {
            user_administration::set_disabled(domain, actor, &user_id, false).await?;
            back("The account is enabled. Access that is still active works again.")
        }
        Form::MakeAdmin | Form::UnmakeAdmin => {
            let admin = form == Form::MakeAdmin;
            let password = fields.text(super::CONFIRM);
            user_administration::set_instance_admin(domain, actor, &user_id, admin, password).await?;
            back(if admin {
                "They are an instance administrator now."
            } else {
                "They are no instance administrator now."
            })
        }
        Form::ResetUser => {
            let link = user_administration::reset_link(domain, actor, &user_id).await?;
            Outcome::Show(Box::new(Problem {
                title: "The link is made".to_owned(),
                detail: format!(
                    "Send it to {name}. It sets a new password once, within a day, and is shown only now."
                ),
                action: Some(("Done".to_owned(), paths::admin_user(&user_id))),
                copy: vec![("Password link".to_owned(), link)],
                question: None,
            }))
        }
        Form::DeleteUser => {
            user_administration::delete(domain, actor, &user_id).await?;
            Outcome::Done(paths::ADMIN_USERS.to_owned(), format!("The account of {name} is deleted."))
        }
        _ => return Err(Failure::NotFound),
    })
}

/// The question that an action begins with.
fn question(form: Form, name: &str, grants: u64, apps: u64) -> Option<Ask> {
    let access = match grants {
        0 => "No app acts for them.".to_owned(),
        1 => "1 grant is affected.".to_owned(),
        grants => format!("{grants} grants are affected."),
    };
    let password = || Some(("Your password".to_owned(), "password"));
    Some(match form {
        Form::DisableUser => Ask {
            title: format!("Disable {name}?"),
            detail: format!(
                "They are signed out and cannot sign in; calls of their apps are refused. {access} Nothing is deleted."
            ),
            yes: "Disable",
            ..Ask::default()
        },
        Form::MakeAdmin => Ask {
            title: format!("Make {name} an instance administrator?"),
            detail: "They can see, block and delete every app, account and organization.".to_owned(),
            yes: "Make admin",
            typed: password(),
            ..Ask::default()
        },
        Form::UnmakeAdmin => Ask {
            title: format!("Take administration from {name}?"),
            detail: "Their account and what they own stay.".to_owned(),
            yes: "Remove admin",
            typed: password(),
            ..Ask::default()
        },
        Form::DeleteUser => Ask {
            title: format!("Delete the account of {name}?"),
            detail: format!(
                "{} that they registered are deleted, and {} ends. This cannot be undone.",
                counted(apps, "app"),
                counted(grants, "grant")
            ),
            yes: "Delete account",
            ..Ask::default()
        },
        _ => return None,
    })
}

async fn remove_organization(sender: &Sender<'_>, fields: &Fields<'_>) -> Result<Outcome, Failure> {
    let (domain, actor) = (sender.domain, sender.actor()?);
    actor.viewer.must_administer()?;
    let slug = fields.text("organization");
    if !fields.sure {
        return Ok(Outcome::Ask(deletion(&endings::of_organization(domain, actor, slug).await?)));
    }
    let impact = endings::delete_organization(domain, actor, slug, fields.text(super::CONFIRM)).await?;
    let notice = format!("The organization is deleted. {}", ended(impact));
    Ok(Outcome::Done(paths::ADMIN_ORGANIZATIONS.to_owned(), notice))
}
