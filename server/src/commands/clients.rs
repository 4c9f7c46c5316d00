//! `gatepass client`.

use domain::{
    clients::by_operator,
    clock::{Clock, SystemClock},
    error::Result,
    views::client_list,
};
use serde_json::json;
use types::{
    admin::{CLIENTS_PER_PAGE, ClientsQuery},
    client::ClientType,
    client_form::ClientForm,
    redirect_uri::RedirectRules,
};

use super::{
    make, open,
    output::{done, list as print_list},
    refused,
};
use crate::command_line::{CreateClient, List};

/// `gatepass client create`: registers an app that belongs to nobody. Its secret is printed once.
///
/// # Errors
/// When something of its description cannot be taken.
pub async fn create(options: CreateClient) -> Result<()> {
    let typed = ClientForm {
        name: options.name.clone(),
        redirect_uris: options.redirect_uri.clone(),
        description: options.description.clone().unwrap_or_default(),
        website: options.website.clone().unwrap_or_default(),
    };
    let rules = RedirectRules { known_schemes: options.redirect_schemes.clone() };
    let kind = if options.public { ClientType::Public } else { ClientType::Confidential };
    let db = make(&options.database).await?;
    let made = by_operator::create(&db, &rules, &typed, kind, SystemClock.now()).await.map_err(refused)?;
    db.close().await?;
    let secret = made.client_secret.as_deref();
    let shown =
        secret.map(|secret| format!("\nClient secret: {secret} (shown only now)")).unwrap_or_default();
    done(
        options.json,
        &format!("Client ID: {}{shown}", made.client_id),
        json!({ "client_id": made.client_id, "client_secret": secret }),
    );
    Ok(())
}

/// `gatepass client list`.
///
/// # Errors
/// When there is no database.
pub async fn list(options: List) -> Result<()> {
    let db = open(&options.database).await?;
    let mut rows = Vec::new();
    for page in 1.. {
        let query = ClientsQuery { page, ..ClientsQuery::default() };
        let found = client_list::all(db.lists(), &query, SystemClock.now()).await?;
        let last = (found.rows.len() as u64) < CLIENTS_PER_PAGE;
        rows.extend(found.rows.into_iter().map(|row| {
            vec![
                json!(row.id),
                json!(row.name),
                json!(row.source.as_str()),
                json!(row.users),
                json!(row.grants),
                json!(row.status.label()),
            ]
        }));
        if last {
            break;
        }
    }
    db.close().await?;
    print_list(options.json, &["id", "name", "source", "users", "grants", "status"], rows)
}
