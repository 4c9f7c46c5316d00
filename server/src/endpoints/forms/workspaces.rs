//! Forms about organizations, products and members.

use domain::{
    clock::DAY,
    flows::endings,
    workspaces::{
        invitations::{self, NewInvitation},
        members::{self, Roles},
        organizations, product_settings,
    },
};
use types::{
    account::MailWay,
    failure::Failure,
    form::Form,
    id::{ProductId, UserId},
    paths,
    problem::Problem,
};

use super::{Ask, Fields, Outcome, Sender, counted, ended};

/// Begins the names of fields with a role in a product: its id follows.
const ROLE_IN: &str = "role_in_";

/// Does what a form about workspaces asks for.
pub(super) async fn perform(
    sender: &Sender<'_>,
    form: Form,
    fields: &Fields<'_>,
) -> Result<Outcome, Failure> {
    let domain = sender.domain;
    let actor = sender.actor()?;
    let text = |name: &str| fields.text(name);
    let organization = text("organization");
    let back = |notice: &str| Outcome::Done(fields.from.to_owned(), notice.to_owned());
    Ok(match form {
        Form::CreateOrganization => {
            let slug = organizations::create(domain, actor, text("name")).await?;
            Outcome::Done(
                paths::products(&slug),
                "The organization is there. Make its first product.".to_owned(),
            )
        }
        Form::ChangeOrganization => {
            let changes = (text("name"), text("slug"));
            let slug = organizations::change(domain, actor, organization, changes).await?;
            Outcome::Done(paths::general(&slug), "The changes are saved.".to_owned())
        }
        Form::CreateProduct => {
            let slug = product_settings::create(domain, actor, organization, text("name")).await?;
            Outcome::Done(paths::product(organization, &slug), "The product is there.".to_owned())
        }
        Form::ChangeProduct => {
            let changes = (text("name"), text("slug"));
            product_settings::change(domain, actor, (organization, text("product")), changes).await?;
            Outcome::Done(paths::products(organization), "The changes are saved.".to_owned())
        }
        Form::Invite => return invite(sender, fields).await,
        Form::WithdrawInvitation => {
            let id = fields.parse("invitation")?;
            invitations::withdraw(domain, actor, organization, &id).await?;
            back("The invitation is withdrawn.")
        }
        Form::ChangeMember => {
            let user_id = fields.parse("member")?;
            members::change(domain, actor, organization, &user_id, &roles(fields)?).await?;
            back("The roles are changed.")
        }
        Form::RemoveMember => return remove(sender, fields, &fields.parse("member")?).await,
        Form::LeaveOrganization => return remove(sender, fields, &actor.viewer.user_id).await,
        Form::DeleteProduct => return delete_product(sender, fields).await,
        Form::DeleteOrganization => return delete_organization(sender, fields).await,
        _ => return Err(Failure::NotFound),
    })
}

/// The roles that a form gives: `role`, and one for each product; an empty one takes the role there away.
fn roles(fields: &Fields<'_>) -> Result<Roles, Failure> {
    let role = match fields.text("role") {
        "" => None,
        role => Some(role.parse().map_err(|_| Failure::Malformed)?),
    };
    let mut products: Vec<(ProductId, _)> = Vec::new();
    for (name, value) in fields.params.pairs() {
        if let Some(id) = name.strip_prefix(ROLE_IN) {
            let product_role = match value {
                "none" => None,
                role => Some(role.parse().map_err(|_| Failure::Malformed)?),
            };
            products.push((id.parse().map_err(|_| Failure::NotFound)?, product_role));
        }
    }
    Ok(Roles { role, products })
}

async fn invite(sender: &Sender<'_>, fields: &Fields<'_>) -> Result<Outcome, Failure> {
    let days: i64 = fields.text("days").parse().map_err(|_| Failure::Malformed)?;
    let new = NewInvitation {
        email: fields.text("email").to_owned(),
        roles: roles(fields)?,
        lifetime: days.saturating_mul(DAY),
    };
    let domain = sender.domain;
    let link = invitations::create(domain, sender.actor()?, fields.text("organization"), &new).await?;
    let mailed = match (new.email.is_empty(), domain.mail.way()) {
        (true, _) => "Send this link to whom you invite.",
        (false, MailWay::Sent) => "It is on its way by mail. This is the link, in case it does not arrive.",
        (false, MailWay::Kept) => {
            "This server sends no mail: a copy lies in the folder mail of its data. Send this link yourself."
        }
    };
    Ok(Outcome::Show(Box::new(Problem {
        title: "The invitation is made".to_owned(),
        detail: format!(
            "{mailed} It works once, for {}, and is shown only now.",
            if days == 1 { "a day".to_owned() } else { format!("{days} days") }
        ),
        action: Some(("Done".to_owned(), fields.from.to_owned())),
        copy: vec![("Invitation link".to_owned(), link)],
        question: None,
    })))
}

/// Ends a membership: `Remove` or `Leave`.
async fn remove(sender: &Sender<'_>, fields: &Fields<'_>, user_id: &UserId) -> Result<Outcome, Failure> {
    let (domain, actor) = (sender.domain, sender.actor()?);
    let organization = fields.text("organization");
    let own = *user_id == actor.viewer.user_id;
    if !fields.sure {
        let ending = endings::of_member(domain, actor, organization, user_id).await?;
        let (title, who, yes) = match own {
            true => (format!("Leave {organization}?"), "You lose", "Leave"),
            false => (format!("Remove {}?", ending.name), "They lose", "Remove"),
        };
        let detail = format!("{who} access to all of its products. {}", ended(ending.impact));
        return Ok(Outcome::Ask(Ask { title, detail, yes, ..Ask::default() }));
    }
    let impact = endings::remove_member(domain, actor, organization, user_id).await?;
    Ok(match own {
        true => Outcome::Done("/".to_owned(), format!("You left. {}", ended(impact))),
        false => Outcome::Done(fields.from.to_owned(), format!("The member is removed. {}", ended(impact))),
    })
}

async fn delete_product(sender: &Sender<'_>, fields: &Fields<'_>) -> Result<Outcome, Failure> {
    let (domain, actor) = (sender.domain, sender.actor()?);
    let (organization, product) = (fields.text("organization"), fields.text("product"));
    if !fields.sure {
        let ending = endings::of_product(domain, actor, organization, product).await?;
        return Ok(Outcome::Ask(deletion(&ending)));
    }
    let place = (organization, product);
    let impact = endings::delete_product(domain, actor, place, fields.text(super::CONFIRM)).await?;
    Ok(Outcome::Done(paths::products(organization), format!("The product is deleted. {}", ended(impact))))
}

async fn delete_organization(sender: &Sender<'_>, fields: &Fields<'_>) -> Result<Outcome, Failure> {
    let (domain, actor) = (sender.domain, sender.actor()?);
    let slug = fields.text("organization");
    if !fields.sure {
        return Ok(Outcome::Ask(deletion(&endings::of_organization(domain, actor, slug).await?)));
    }
    let impact = endings::delete_organization(domain, actor, slug, fields.text(super::CONFIRM)).await?;
    Ok(Outcome::Done("/".to_owned(), format!("The organization is deleted. {}", ended(impact))))
}

/// The question before something is deleted with all its data.
pub(super) fn deletion(ending: &endings::Ending) -> Ask {
    let data = match ending.records {
        0 => "It holds no data.".to_owned(),
        1 => "1 record of data is deleted.".to_owned(),
        records => format!("{} of data are deleted.", counted(records, "record")),
    };
    let people = match ending.impact.users {
        0 => "No app has access to it.".to_owned(),
        1 => format!("1 person loses the access of their apps: {}", ended(ending.impact)),
        users => format!("{users} people lose the access of their apps: {}", ended(ending.impact)),
    };
    Ask {
        title: format!("Delete {}?", ending.name),
        detail: format!("{data} {people} This cannot be undone."),
        yes: "Delete",
        typed: Some((format!("Type {} to confirm", ending.name), "text")),
        harmless: false,
    }
}
