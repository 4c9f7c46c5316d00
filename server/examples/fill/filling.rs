//! Fills the demo workspace with many clients and grants, to see how the pages bear it.
//!
//! The same numbers give the same shape: half of the clients are registrations of a few programs, the rest belongs to
//! people and to nobody; one client has a twentieth of all grants; a seventh of the grants is revoked.

use std::collections::BTreeMap;

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, PaginatorTrait};
use types::{
    client::{AuthMethod, ClientSource, GrantType},
    grant::{GrantStatus, RevokeReason, Subject},
    id::UserId,
    role::{OrgRole, ProductRole},
    scope::{Resource, ScopeSet},
};

use domain::{
    accounts::{
        tables::user,
        users::{self, NewUser},
    },
    audit::{self, Action, Event},
    clients::{self, NewClient, bulk::Target, software},
    clock::{DAY, MINUTE, Millis},
    crypto::{id, secret::sha256},
    db::{Database, settings},
    demo::{MARK, PEOPLE},
    error::{Error, Result},
    grants::{
        software_counts,
        tables::{grant, refresh_token},
    },
    oauth::software::entry_of,
    workspaces::products::{self, ProductMembership},
};

/// How many people are added for so many grants: one for each fifty, at least one.
const GRANTS_PER_PERSON: usize = 50;
/// How many rows one statement inserts.
const BATCH: usize = 500;
/// Number of grants, people or clients that one transaction adds, with what hangs on them.
const TRANSACTION: usize = 2_000;
/// When the first grant was authorized: so long ago.
const OLDEST: Millis = 300 * DAY;
/// Most apps that the owner of the demo workspace gets.
const OWNERS_APPS: usize = 150;

const PROGRAMS: [&str; 8] =
    ["Claude Code", "Cursor", "Visual Studio Code", "Windsurf", "Codex", "Goose", "Zed", "Raycast"];

/// The rows to add.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Number of clients.
    pub clients: usize,
    /// Number of grants.
    pub grants: usize,
    /// Number of events that are recorded of each.
    pub events_per_grant: usize,
}

/// Adds clients, people and grants to a demo workspace, some thousand rows a transaction; again, if it was done before.
///
/// # Errors
/// When the database is not marked as the demo workspace, or refuses: what was added before stays.
pub async fn fill(db: &Database, size: Size, now: Millis) -> Result<()> {
    if settings::lookup(db.read(), MARK).await?.is_none() {
        return Err(Error::Setup("this database does not hold the demo workspace".to_owned()));
    }
    let people = add_people(db, size.grants / GRANTS_PER_PERSON + 1, now).await?;
    let clients = add_clients(db, size.clients, &people, now).await?;
    add_grants(db, &clients, &people, size, now).await?;
    software_counts::settle(db).await
}

/// The owner of the demo workspace first, then new people: viewers in Acme / Support.
async fn add_people(db: &Database, count: usize, now: Millis) -> Result<Vec<UserId>> {
    let owner = users::find_by_email(db.read(), PEOPLE[1].email).await?;
    let owner = owner.ok_or_else(|| Error::Setup("the demo workspace has lost its people".to_owned()))?;
    let seats = products::memberships_of(db.read(), &owner.id).await?;
    let seat =
        seats.first().ok_or_else(|| Error::Setup("the demo workspace has lost its products".to_owned()))?;
    let before = user::Entity::find().count(db.lists()).await?;
    let mut people = vec![owner.id.clone()];
    for first in (0..count).step_by(TRANSACTION) {
        let transaction = db.begin().await?;
        for number in first..count.min(first + TRANSACTION) {
            let person = NewUser {
                email: format!("person-{}@example.com", before + number as u64),
                name: format!("Person {number}"),
                password_hash: owner.password_hash.clone(),
                instance_admin: false,
            };
            let id = users::add(&transaction, person, now).await?;
            products::set_membership(&transaction, &seat.organization_id, &id, OrgRole::Member, now).await?;
            products::set_product_role(&transaction, &seat.product_id, &id, ProductRole::Viewer).await?;
            people.push(id);
        }
        transaction.commit().await?;
    }
    Ok(people)
}

async fn add_clients(db: &Database, count: usize, people: &[UserId], now: Millis) -> Result<Vec<Target>> {
    let mut added = Vec::with_capacity(count);
    for first in (0..count).step_by(TRANSACTION) {
        let transaction = db.begin().await?;
        for number in first..count.min(first + TRANSACTION) {
            let at = now - spread(number, 365) * DAY;
            let client = client_of_number(number, people, at);
            let entry_id = entry_of(client.source, &client.id, &client.name, &client.redirect_uris);
            added.push(Target { id: client.id.clone(), entry_id });
            clients::add(&transaction, client, at).await?;
        }
        let events = added[first..].iter().map(|client| Event {
            address: "127.0.0.1",
            client_id: Some(&client.id),
            ..Event::default()
        });
        audit::record_all(&transaction, Action::ClientRegistered, events, now).await?;
        transaction.commit().await?;
    }
    Ok(added)
}

fn client_of_number(number: usize, people: &[UserId], at: Millis) -> NewClient {
    let (source, name, owner_id) = match number % 10 {
        0..5 => (ClientSource::Dynamic, PROGRAMS[number % PROGRAMS.len()].to_owned(), None),
        5..8 => {
            let owner = if number / 10 * 3 < OWNERS_APPS { 0 } else { number % people.len() };
            (ClientSource::User, format!("App {number}"), Some(people[owner].clone()))
        }
        _ => (ClientSource::Admin, format!("Service {number}"), None),
    };
    let redirect_uris = match source {
        ClientSource::Dynamic => vec![format!("http://127.0.0.1:{}/callback", 20_000 + number % 40_000)],
        ClientSource::Admin | ClientSource::User | ClientSource::MetadataDocument => {
            vec![format!("https://app-{number}.example/callback")]
        }
    };
    NewClient {
        id: id::typed(at),
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
        owner_id,
        address: "127.0.0.1".to_owned(),
    }
}

/// The part of a demo workspace that grants are added to.
struct Parts<'a> {
    clients: &'a [Target],
    people: &'a [UserId],
    seat: &'a ProductMembership,
    /// The client that many people use.
    popular: &'a Target,
}

async fn add_grants(
    db: &Database,
    clients: &[Target],
    people: &[UserId],
    size: Size,
    now: Millis,
) -> Result<()> {
    let seats = products::memberships_of(db.read(), &people[0]).await?;
    // The first that belongs to nobody, where there is one.
    let popular = clients.iter().find(|client| *client.entry_id == *client.id).or(clients.first());
    let Some((popular, seat)) = popular.zip(seats.first()) else {
        return Ok(());
    };
    let parts = Parts { clients, people, seat, popular };
    let mut last_uses = BTreeMap::<&str, Millis>::new();
    for first in (0..size.grants).step_by(TRANSACTION) {
        let transaction = db.begin().await?;
        for first in (first..size.grants.min(first + TRANSACTION)).step_by(BATCH) {
            let batch = first..size.grants.min(first + BATCH);
            let grants: Vec<grant::Model> =
                batch.clone().map(|number| grant_of(&parts, number, size.grants, now)).collect();
            for (number, at) in
                batch.zip(&grants).filter_map(|(number, grant)| Some((number, grant.last_used_at?)))
            {
                let last = last_uses.entry(&client_of(&parts, number).entry_id).or_insert(at);
                *last = at.max(*last);
            }
            add_batch(&transaction, &grants, size.events_per_grant, now).await?;
        }
        transaction.commit().await?;
        // As the server does every half second, or SQLite's log of writes would grow and grow.
        db.watch().await?;
    }
    for (entry_id, at) in last_uses {
        software::touch(db.write(), entry_id, at).await?;
    }
    Ok(())
}

/// The client of a grant. Clients of one program share their entry.
fn client_of<'a>(parts: &Parts<'a>, number: usize) -> &'a Target {
    if number.is_multiple_of(20) { parts.popular } else { &parts.clients[number % parts.clients.len()] }
}

/// One of so many grants: the older ones first, as they come in life, or every index would be written all over the place.
fn grant_of(parts: &Parts<'_>, number: usize, grants: usize, now: Millis) -> grant::Model {
    let age = OLDEST / grants as Millis * (grants - number) as Millis;
    let authorized_at = now - age - MINUTE;
    let used = !number.is_multiple_of(5);
    let revoked = number.is_multiple_of(7);
    grant::Model {
        subject: Subject::Person,
        id: id::typed(authorized_at),
        user_id: parts.people[number % parts.people.len()].clone(),
        client_id: client_of(parts, number).id.clone(),
        organization_id: Some(parts.seat.organization_id.clone()),
        product_id: Some(parts.seat.product_id.clone()),
        scopes: ScopeSet::parse(if number.is_multiple_of(3) { "mcp:read mcp:write" } else { "mcp:read" }),
        resources: std::iter::once(Resource::Mcp).collect(),
        status: if revoked { GrantStatus::Revoked } else { GrantStatus::Active },
        authorized_at,
        authorized_address: "127.0.0.1".to_owned(),
        last_used_at: used.then(|| now - spread(number, 90) * DAY),
        use_count: if used { spread(number, 1_000) + 1 } else { 0 },
        revoked_at: revoked.then_some(now),
        revoked_by: revoked.then(|| parts.people[0].clone()),
        revoke_reason: revoked.then_some(RevokeReason::Person),
        redirect_uri: None,
        browser_hash: None,
        requested_at: None,
        device: None,
        replaces: false,
        paused_at: None,
        uncounted: (!revoked).then_some(1),
    }
}

/// Adds grants, the refresh tokens of those that live, and what was recorded of them.
async fn add_batch(
    db: &impl ConnectionTrait,
    grants: &[grant::Model],
    events_per_grant: usize,
    now: Millis,
) -> Result<()> {
    let rows = grants.iter().cloned().map(grant::ActiveModel::from).map(ActiveModelTrait::reset_all);
    grant::Entity::insert_many(rows).exec_without_returning(db).await?;
    let live = grants.iter().filter(|grant| grant.status == GrantStatus::Active);
    let tokens = live.map(|grant| refresh_token::Model {
        hash: sha256(grant.id.as_bytes()),
        grant_id: grant.id.clone(),
        client_id: grant.client_id.clone(),
        resources: grant.resources,
        created_at: now,
        expires_at: now + 30 * DAY,
        family_expires_at: now + 365 * DAY,
        rotated_at: None,
        replay: None,
        replay_count: 0,
        access_jti: grant.id.to_string(),
        access_expires_at: now,
        generation: 0,
    });
    let tokens = tokens.map(refresh_token::ActiveModel::from).map(ActiveModelTrait::reset_all);
    refresh_token::Entity::insert_many(tokens).exec_without_returning(db).await?;
    let scopes: Vec<_> = grants.iter().map(|grant| grant.scopes.to_string()).collect();
    for number in 0..events_per_grant {
        let action = if number == 0 { Action::GrantAuthorized } else { Action::GrantNarrowed };
        let events = grants.iter().zip(&scopes).map(|(grant, scopes)| Event {
            actor_id: Some(&grant.user_id),
            address: "127.0.0.1",
            client_id: Some(&grant.client_id),
            grant_id: Some(&grant.id),
            organization_id: grant.organization_id.as_ref(),
            detail: Some(scopes),
        });
        audit::record_all(db, action, events, now).await?;
    }
    Ok(())
}

/// A number below `below` that looks like chance and is the same each time.
const fn spread(number: usize, below: usize) -> i64 {
    (number.wrapping_mul(2_654_435_761) % 1_000_003 % below) as i64
}
