//! `gatepass user`.

use std::io::{BufRead, IsTerminal, Write};

use domain::{
    accounts::{
        email, names,
        users::{self, NewUser},
    },
    audit::Event,
    clock::{Clock, SystemClock},
    crypto::password::{PasswordHasher, rules},
    error::{Error, Result},
    flows::{by_operator, passwords},
    views::people,
};
use serde_json::json;
use types::{
    paths,
    people::{PEOPLE_PER_PAGE, PeopleQuery},
};

use super::{
    make, open,
    output::{done, list as print_list, utc},
    person, refused,
};
use crate::command_line::{CreateUser, List, ResetPassword, User};

/// `gatepass user create`: makes an account.
///
/// # Errors
/// When the address is taken or is none, or the password may not be chosen.
pub async fn create(user: CreateUser) -> Result<()> {
    let address = email::parse(&user.email)
        .ok_or_else(|| Error::Setup(format!("--email {:?} is no e-mail address", user.email)))?;
    let local = address.split('@').next().unwrap_or_default();
    let name = names::typed("name", user.name.as_deref().unwrap_or(local))
        .map_err(|failure| Error::Setup(format!("--name: {failure}")))?;
    let password = read_password(user.password_stdin)?;
    rules::check(&password, &[&name, &address]).map_err(|weakness| Error::Setup(weakness.to_string()))?;
    let db = make(&user.database).await?;
    if users::find_by_email(db.read(), &address).await?.is_some() {
        return Err(Error::Setup(format!("{address} is a user already")));
    }
    let now = SystemClock.now();
    let password_hash = PasswordHasher::recommended()?.hash(password).await?;
    let new = NewUser { name, email: address.clone(), password_hash, instance_admin: user.admin };
    let id = by_operator::create_user(&db, new, now).await?;
    db.close().await?;
    done(
        user.json,
        &format!("{address} can sign in."),
        json!({ "id": id, "email": address, "admin": user.admin }),
    );
    Ok(())
}

/// `gatepass user list`.
///
/// # Errors
/// When there is no database.
pub async fn list(options: List) -> Result<()> {
    let db = open(&options.database).await?;
    let mut rows = Vec::new();
    for page in 1.. {
        let found = people::users(db.lists(), &PeopleQuery { page, ..PeopleQuery::default() }).await?;
        let last = (found.rows.len() as u64) < PEOPLE_PER_PAGE;
        rows.extend(found.rows.into_iter().map(|user| {
            vec![
                json!(user.id),
                json!(user.email),
                json!(user.name),
                json!(user.instance_admin),
                json!(user.disabled_at.is_some()),
                json!(user.organizations),
                json!(user.last_seen_at.map(utc)),
            ]
        }));
        if last {
            break;
        }
    }
    db.close().await?;
    print_list(
        options.json,
        &["id", "email", "name", "admin", "disabled", "organizations", "last_seen"],
        rows,
    )
}

/// `gatepass user disable` and `enable`.
///
/// # Errors
/// When nobody has this address.
pub async fn set_disabled(options: User, disabled: bool) -> Result<()> {
    let db = open(&options.database).await?;
    let (id, address) = person(&db, &options.email).await?;
    by_operator::set_disabled(&db, &id, disabled, SystemClock.now()).await?;
    db.close().await?;
    let sentence = if disabled {
        format!("{address} cannot sign in any more.")
    } else {
        format!("{address} can sign in again.")
    };
    done(options.json, &sentence, json!({ "id": id, "email": address, "disabled": disabled }));
    Ok(())
}

/// `gatepass user reset-password`: prints a link that sets a new password, once.
///
/// # Errors
/// When nobody has this address.
pub async fn reset_password(options: ResetPassword) -> Result<()> {
    let db = open(&options.database).await?;
    let (id, address) = person(&db, &options.email).await?;
    let token = passwords::new_link(&db, &id, Event::default(), SystemClock.now()).await?;
    db.close().await?;
    let base = options.public_url.trim_end_matches('/');
    let link = format!("{base}{}", paths::with_token(paths::RESET, token.expose()));
    let sentence = format!("This link sets a new password of {address}, once, within a day:\n{link}");
    done(options.json, &sentence, json!({ "id": id, "email": address, "link": link }));
    Ok(())
}

/// `gatepass user delete`.
///
/// # Errors
/// When nobody has this address, or an organization or the instance would be left without anybody.
pub async fn delete(options: User) -> Result<()> {
    let db = open(&options.database).await?;
    let (id, address) = person(&db, &options.email).await?;
    by_operator::delete_user(&db, &id, SystemClock.now()).await.map_err(refused)?;
    db.close().await?;
    done(
        options.json,
        &format!("The account of {address} is deleted."),
        json!({ "id": id, "email": address }),
    );
    Ok(())
}

fn read_password(from_stdin: bool) -> Result<String> {
    let stdin = std::io::stdin();
    if !from_stdin {
        if !stdin.is_terminal() {
            return Err(Error::Setup(
                "give the password on standard input, with --password-stdin".to_owned(),
            ));
        }
        print!("Password (shown as you type; use --password-stdin in scripts): ");
        std::io::stdout()
            .flush()
            .map_err(|source| Error::File { path: "standard output".to_owned(), source })?;
    }
    let mut line = String::new();
    stdin
        .lock()
        .read_line(&mut line)
        .map_err(|source| Error::File { path: "standard input".to_owned(), source })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
