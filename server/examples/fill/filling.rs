//! Fills the demo workspace with many clients and grants, to see how the pages bear it.
//!
//! The same numbers give the same shape: half of the clients are registrations of a few programs, the rest belongs to
//! people and to nobody; one client has a twentieth of all grants; a seventh of the grants is revoked.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait};
use types::{
    client::{AuthMethod, ClientSource, GrantType},
    grant::{GrantStatus, RevokeReason, Subject},
    id::{ClientId, UserId},
    role::{OrgRole, ProductRole},
    scope::{Resource, ScopeSet},
};

use domain::{
    accounts::users::{self, NewUser},
    audit::{self, Action, Event},
    clients::{self, NewClient, bulk::Target, software},
    clock::{DAY, MINUTE, Millis},
    crypto::id,
    db::{Database, settings},
    demo::{MARK, PEOPLE},
    error::{Error, Result},
    grants::{software_counts, tables::grant},
    oauth::software::entry_of,
    workspaces::products,
};

/// How many people are added for so many grants: one for each fifty, at least one.
const GRANTS_PER_PERSON: usize = 50;
/// How many rows one statement inserts.
const BATCH: usize = 500;
/// Most apps that the owner of the demo workspace gets.
const OWNERS_APPS: usize = 150;

const PROGRAMS: [&str; 8] =
    ["Claude Code", "Cursor", "Visual Studio Code", "Windsurf", "Codex", "Goose", "Zed", "Raycast"];

/// Adds clients, people and grants to a demo workspace.
///
/// # Errors
/// When the database is not marked as the demo workspace, is filled already, or refuses.
pub async fn fill(db: &Database, clients: usize, grants: usize, now: Millis) -> Result<()> {
    if settings::lookup(db.read(), MARK).await?.is_none() {
        return Err(Error::Setup("this database does not hold the demo workspace".to_owned()));
    }
    let transaction = db.begin().await?;
    let people = add_people(&transaction, grants / GRANTS_PER_PERSON + 1, now).await?;
    let clients = add_clients(&transaction, clients, &people, now).await?;
    add_grants(&transaction, &clients, &people, grants, now).await?;
    software::recount_all(&transaction, &clients).await?;
    transaction.commit().await?;
    software_counts::settle(db).await
}

/// The owner of the demo workspace first, then new people: viewers in Acme / Support.
async fn add_people(db: &impl ConnectionTrait, count: usize, now: Millis) -> Result<Vec<UserId>> {
    let owner = users::find_by_email(db, PEOPLE[1].email).await?;
    let owner = owner.ok_or_else(|| Error::Setup("the demo workspace has lost its people".to_owned()))?;
    let seats = products::memberships_of(db, &owner.id).await?;
    let seat =
        seats.first().ok_or_else(|| Error::Setup("the demo workspace has lost its products".to_owned()))?;
    let mut people = vec![owner.id.clone()];
    for number in 1..=count {
        let person = NewUser {
            email: format!("person-{number}@example.com"),
            name: format!("Person {number}"),
            password_hash: owner.password_hash.clone(),
            instance_admin: false,
        };
        let id = users::add(db, person, now).await?;
        products::set_membership(db, &seat.organization_id, &id, OrgRole::Member, now).await?;
        products::set_product_role(db, &seat.product_id, &id, ProductRole::Viewer).await?;
        people.push(id);
    }
    Ok(people)
}

async fn add_clients(
    db: &impl ConnectionTrait,
    count: usize,
    people: &[UserId],
    now: Millis,
) -> Result<Vec<Target>> {
    let mut added = Vec::with_capacity(count);
    for number in 0..count {
        let (source, name, owner) = match number % 10 {
            0..5 => (ClientSource::Dynamic, PROGRAMS[number % PROGRAMS.len()].to_owned(), None),
            5..8 => {
                let owner = if number / 10 * 3 < OWNERS_APPS { 0 } else { number % people.len() };
                (ClientSource::User, format!("App {number}"), Some(people[owner].clone()))
            }
            _ => (ClientSource::Admin, format!("Service {number}"), None),
        };
        let at = now - spread(number, 365) * DAY;
        let client_id: ClientId = id::typed(at);
        let redirect_uris = match source {
            ClientSource::Dynamic => vec![format!("http://127.0.0.1:{}/callback", 20_000 + number % 40_000)],
            ClientSource::Admin | ClientSource::User | ClientSource::MetadataDocument => {
                vec![format!("https://app-{number}.example/callback")]
            }
        };
        let entry_id = entry_of(source, &client_id, &name, &redirect_uris);
        let client = NewClient {
            id: client_id.clone(),
            source,
            name,
            description: String::new(),
            website: None,
            redirect_uris,
            auth_method: AuthMethod::None,
            grant_types: GrantType::ALL.to_vec(),
            default_scope: None,
            keys: None,
            verified: source == ClientSource::Admin,
            owner_id: owner,
            address: "127.0.0.1".to_owned(),
        };
        clients::add(db, client, at).await?;
        added.push(Target { id: client_id, entry_id });
    }
    let events = added.iter().map(|client| Event {
        address: "127.0.0.1",
        client_id: Some(&client.id),
        ..Event::default()
    });
    audit::record_all(db, Action::ClientRegistered, events, now).await?;
    Ok(added)
}

async fn add_grants(
    db: &impl ConnectionTrait,
    clients: &[Target],
    people: &[UserId],
    count: usize,
    now: Millis,
) -> Result<()> {
    let owner = &people[0];
    let seats = products::memberships_of(db, owner).await?;
    // The client that many people use: the first that belongs to nobody, where there is one.
    let popular = clients.iter().find(|client| *client.entry_id == *client.id).or(clients.first());
    let Some((popular, seat)) = popular.zip(seats.first()) else {
        return Ok(());
    };
    let all: Vec<grant::Model> = (0..count)
        .map(|number| {
            let client = if number % 20 == 0 { popular } else { &clients[number % clients.len()] };
            let authorized_at = now - spread(number, 300) * DAY - MINUTE;
            let used = number % 5 != 0;
            let revoked = number % 7 == 0;
            grant::Model {
                subject: Subject::Person,
                id: id::typed(authorized_at),
                user_id: people[number % people.len()].clone(),
                client_id: client.id.clone(),
                organization_id: Some(seat.organization_id.clone()),
                product_id: Some(seat.product_id.clone()),
                scopes: ScopeSet::parse(if number % 3 == 0 { "mcp:read mcp:write" } else { "mcp:read" }),
                resources: std::iter::once(Resource::Mcp).collect(),
                status: if revoked { GrantStatus::Revoked } else { GrantStatus::Active },
                authorized_at,
                authorized_address: "127.0.0.1".to_owned(),
                last_used_at: used.then(|| now - spread(number, 90) * DAY),
                use_count: if used { spread(number, 1_000) + 1 } else { 0 },
                revoked_at: revoked.then_some(now),
                revoked_by: revoked.then(|| owner.clone()),
                revoke_reason: revoked.then_some(RevokeReason::Person),
                redirect_uri: None,
                browser_hash: None,
                requested_at: None,
                device: None,
                replaces: false,
                paused_at: None,
                uncounted: (!revoked).then_some(1),
            }
        })
        .collect();
    for batch in all.chunks(BATCH) {
        let rows = batch.iter().cloned().map(grant::ActiveModel::from).map(ActiveModelTrait::reset_all);
        grant::Entity::insert_many(rows).exec_without_returning(db).await?;
        let scopes: Vec<_> = batch.iter().map(|grant| grant.scopes.to_string()).collect();
        let events = batch.iter().zip(&scopes).map(|(grant, scopes)| Event {
            actor_id: Some(&grant.user_id),
            address: "127.0.0.1",
            client_id: Some(&grant.client_id),
            grant_id: Some(&grant.id),
            organization_id: grant.organization_id.as_ref(),
            detail: Some(scopes),
        });
        audit::record_all(db, Action::GrantAuthorized, events, now).await?;
    }
    // A grant is of the client whose turn it was; clients of one program share their entry.
    let entries: HashMap<&str, &str> =
        clients.iter().map(|client| (client.id.as_str(), client.entry_id.as_str())).collect();
    let mut last_uses = BTreeMap::<&str, Millis>::new();
    for (grant, at) in all.iter().filter_map(|grant| grant.last_used_at.map(|at| (grant, at))) {
        if let Some(&entry_id) = entries.get(grant.client_id.as_str()) {
            let last = last_uses.entry(entry_id).or_insert(at);
            *last = at.max(*last);
        }
    }
    for (entry_id, at) in last_uses {
        software::touch(db, entry_id, at).await?;
    }
    Ok(())
}

/// A number below `below` that looks like chance and is the same each time.
const fn spread(number: usize, below: usize) -> i64 {
    (number.wrapping_mul(2_654_435_761) % 1_000_003 % below) as i64
}
