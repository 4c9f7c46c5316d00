//! The record of what happened to clients, secrets and grants, and who sees it.

use serde_json::{Value, json};
use types::{
    activity::{Activity, ActivityEvent},
    client::{ClientDetails, ClientType, Impact},
    failure::Failure,
};

use crate::support::{ADMIN, Browser, CALLBACK, ClientApp, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER, form};

async fn of_client(browser: &mut Browser<'_>, client: &ClientApp, page: u64) -> Activity {
    let arguments = json!({ "client_id": client.id, "activity_page": page });
    browser.ask::<ClientDetails>("oauth_app", arguments).await.activity
}

async fn of_client_as_admin(admin: &mut Browser<'_>, client: &ClientApp) -> Activity {
    admin.admin_client(&client.id).await.client.activity
}

/// The ids of the grants of a client, the last used first.
async fn grants(app: &TestApp, client: &ClientApp) -> Vec<types::id::GrantId> {
    let page = app.signed_in(ADMIN).await.admin_client(&client.id).await;
    page.grants.into_iter().map(|grant| grant.grant_id).collect()
}

fn told(events: &[ActivityEvent]) -> Vec<(&str, &str, Option<&str>)> {
    events.iter().map(|event| (event.what.as_str(), event.actor.as_str(), event.detail.as_deref())).collect()
}

#[tokio::test]
async fn every_change_of_a_client_is_an_event_with_actor_address_and_time() {
    let app = TestApp::start().await;
    let (mut owner, mut admin) = (app.signed_in(OWNER).await, app.signed_in(ADMIN).await);
    let client = owner.register("Reports", ClientType::Public).await;
    let id = client.id.as_str();
    let update = |name: &str, uris: &[&str]| json!({ "client_id": id, "form": form(name, uris) });
    let switch = |disabled: bool| json!({ "client_id": id, "disabled": disabled });
    let verify = |verified: bool| json!({ "client_id": id, "verified": verified });
    let block = |blocked: bool| json!({ "ids": [id], "blocked": blocked });
    let olive = [
        (
            "update_client",
            update("Reports 2", &["https://b.example/"]),
            "Changed the app",
            Some("name, redirect URIs"),
        ),
        ("set_client_disabled", switch(true), "Disabled the app", None),
        ("set_client_disabled", switch(false), "Enabled the app", None),
    ];
    let ada = [
        ("set_client_verified", verify(true), "Verified the app", None),
        ("set_client_verified", verify(false), "Removed the verification", None),
        ("set_clients_blocked", block(true), "Blocked the app", None),
        ("set_clients_blocked", block(false), "Unblocked the app", None),
        ("update_client", update("Reports", &["https://b.example/"]), "Changed the app", Some("name")),
    ];
    let mut expected = vec![("Registered the app", "Olive Owner", None, app.now())];
    for (who, name, steps) in
        [(&mut owner, "Olive Owner", olive.as_slice()), (&mut admin, "Ada Admin", ada.as_slice())]
    {
        for (function, arguments, what, detail) in steps {
            app.clock.advance(1_000);
            // Twice: what is so already is no event.
            who.ask::<Value>(function, arguments.clone()).await;
            who.ask::<Value>(function, arguments.clone()).await;
            expected.push((*what, name, *detail, app.now()));
        }
    }
    expected.reverse();
    let seen = of_client_as_admin(&mut admin, &client).await;
    assert_eq!((seen.total, seen.page), (expected.len() as u64, 1));
    let events: Vec<_> = seen
        .events
        .iter()
        .map(|event| (event.what.as_str(), event.actor.as_str(), event.detail.as_deref(), event.at))
        .collect();
    assert_eq!(events, expected);
    assert!(
        seen.events.iter().all(|event| event.address.as_deref().is_some_and(|address| !address.is_empty()))
    );
    // The owner reads the same, without the addresses of others.
    let owners = of_client(&mut owner, &client, 1).await;
    assert_eq!(told(&owners.events), told(&seen.events));
    for event in &owners.events {
        assert_eq!(event.address.is_some(), event.actor == "Olive Owner", "{event:?}");
    }
    assert_eq!(of_client(&mut owner, &client, 0).await, owners);
    assert!(of_client(&mut owner, &client, u64::MAX).await.events.is_empty());
}

#[tokio::test]
async fn every_change_of_a_secret_is_an_event_that_names_it_and_never_shows_it() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Reports", ClientType::Confidential).await;
    let secret = client.secret.clone().unwrap();
    let named = format!("{}…{}", &secret[..8], &secret[secret.len() - 4..]);
    let id = owner.app_details(&client).await.secrets[0].id.clone();
    app.clock.advance(1_000);
    owner.ask::<()>("retire_client_secret", json!({ "client_id": client.id, "secret_id": id })).await;
    let activity = of_client(&mut owner, &client, 1).await;
    let mut events = told(&activity.events);
    assert_eq!(events[0], ("Retired a client secret", "Olive Owner", Some(named.as_str())));
    events.sort_unstable();
    assert_eq!(events[0], ("Added a client secret", "Olive Owner", Some(named.as_str())));
    assert!(!serde_json::to_string(&activity).unwrap().contains(&secret[..12]));
    for _ in 0..11 {
        app.clock.advance(1_000);
        owner.ask::<Value>("add_client_secret", json!({ "client_id": client.id })).await;
        let id = owner.app_details(&client).await.secrets[0].id.clone();
        owner.ask::<()>("retire_client_secret", json!({ "client_id": client.id, "secret_id": id })).await;
    }
    let pages = [of_client(&mut owner, &client, 1).await, of_client(&mut owner, &client, 2).await];
    let sizes = pages.each_ref().map(|page| (page.events.len(), page.total, page.page));
    assert_eq!(sizes, [(20, 25, 1), (5, 25, 2)]);
}

#[tokio::test]
async fn an_owner_does_not_learn_who_the_people_of_other_organizations_are() {
    let app = TestApp::start().await;
    // Otto belongs to Globex, Mel to Acme.
    let mut outsider = app.signed_in(OUTSIDER).await;
    let client = outsider.register("Reports", ClientType::Confidential).await;
    app.clock.advance(1_000);
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let grant = grants(&app, &client).await.remove(0);
    app.clock.advance(1_000);
    app.signed_in(MEMBER).await.ask::<Value>("revoke_grant", json!({ "grant_id": grant })).await;
    app.clock.advance(1_000);
    let own = app.tokens_for(OUTSIDER, &client, ("globex", "research"), "api:read").await;
    app.clock.advance(1_000);
    client.post(&app, "/oauth/revoke", &[("token", &own.refresh)]).await;
    assert!(!app.call_api(&tokens).await.status.is_success());

    let seen = of_client(&mut outsider, &client, 1).await;
    let expected = [
        ("Revoked an authorization", "The app itself", None),
        ("Authorized the app", "Otto Outsider", Some("api:read")),
        ("Revoked an authorization", "Somebody", None),
        ("Authorized the app", "Somebody", Some("api:read")),
    ];
    assert_eq!(told(&seen.events[..4]), expected);
    let addresses: Vec<_> = seen.events.iter().map(|event| event.address.is_some()).collect();
    assert_eq!(addresses[..4], [false, true, false, false], "only what is one's own");
    let text = app
        .signed_in(OUTSIDER)
        .await
        .call("oauth_app", &json!({ "client_id": client.id, "activity_page": 1 }))
        .await
        .body;
    assert!(!text.contains("Mel") && !text.contains(MEMBER), "{text}");
    // An owner who is of both organizations reads names, and addresses where they manage.
    let admins = of_client_as_admin(&mut app.signed_in(ADMIN).await, &client).await;
    assert!(admins.events.iter().all(|event| event.actor != "Somebody" && event.address.is_some()));
    let theirs = app.signed_in(OWNER).await.register("Olive's", ClientType::Public).await;
    app.tokens(MEMBER, &theirs, "api:read").await;
    let seen = of_client(&mut app.signed_in(OWNER).await, &theirs, 1).await;
    let event = seen.events.iter().find(|event| event.what == "Authorized the app").unwrap();
    assert_eq!((event.actor.as_str(), event.address.is_some()), ("Mel Member", true));
    let members = app.signed_in(MEMBER).await.register("Mel's", ClientType::Public).await;
    app.tokens(VIEWER, &members, "api:read").await;
    let seen = of_client(&mut app.signed_in(MEMBER).await, &members, 1).await;
    let event = seen.events.iter().find(|event| event.what == "Authorized the app").unwrap();
    assert_eq!(
        (event.actor.as_str(), event.address.is_some()),
        ("Vic Viewer", false),
        "a colleague, no manager"
    );
}

#[tokio::test]
async fn a_grant_tells_its_story_to_its_person_and_their_managers_only() {
    let app = TestApp::start().await;
    let mut outsider = app.signed_in(OUTSIDER).await;
    let client = outsider.register("Reports", ClientType::Confidential).await;
    let authorized_at = app.now();
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    app.call_api(&tokens).await;
    app.flush().await;
    let grant = grants(&app, &client).await.remove(0);
    let mut member = app.signed_in(MEMBER).await;
    let details = member.connected_app(&grant).await;
    assert_eq!((details.row.use_count, details.live_tokens, details.row.app.as_str()), (1, 2, "Reports"));
    assert_eq!(details.redirect_hosts, ["reports.example"]);
    assert_eq!(
        told(&details.activity.events),
        [("Authorized the app", "Mel Member", Some("api:read api:write"))]
    );
    assert_eq!(details.activity.events[0].at, authorized_at);
    assert!(details.activity.events[0].address.is_some(), "one's own");

    // Not the owner of the app, not a colleague, not an instance admin of another organization, nobody at all.
    let arguments = |id: &str| json!({ "grant_id": id, "activity_page": 1 });
    for email in [OUTSIDER, VIEWER] {
        for id in [grant.as_str(), "grt_unknown", "", "\0"] {
            let refusal = app.signed_in(email).await.refusal("connected_app", arguments(id)).await;
            assert_eq!(refusal, Failure::NotFound, "{email} {id}");
        }
    }
    let foreign = app.tokens_for(OUTSIDER, &client, ("globex", "research"), "api:read").await;
    assert!(app.call_api(&foreign).await.status.is_success());
    let others = grants(&app, &client).await.into_iter().find(|id| *id != grant).unwrap();
    let mut admin = app.signed_in(ADMIN).await;
    assert_eq!(admin.refusal("connected_app", arguments(&others)).await, Failure::NotFound);
    assert_eq!(app.browser().refusal("connected_app", arguments(&grant)).await, Failure::SignedOut);

    // A pending one is nobody's to see.
    app.code(MEMBER, &client, "api:read").await;
    let pending = "SELECT id FROM grants WHERE status = 'pending'";
    let statement = sea_orm::Statement::from_string(app.db().backend(), pending);
    let row = sea_orm::ConnectionTrait::query_one_raw(app.db().read(), statement).await.unwrap().unwrap();
    let pending: String = row.try_get("", "id").unwrap();
    assert_eq!(member.refusal("connected_app", arguments(&pending)).await, Failure::NotFound);

    app.clock.advance(1_000);
    admin.ask::<Impact>("revoke_clients_access", json!({ "ids": [client.id] })).await;
    let details = member.connected_app(&grant).await;
    let revoked = ("Revoked an authorization", "Ada Admin", Some("with all other access of the app"));
    assert_eq!((told(&details.activity.events)[0], details.live_tokens), (revoked, 0));
    assert_eq!(
        details.activity.events[0].address, None,
        "a member need not know where the administrator sits"
    );
    assert!(
        app.signed_in(OWNER)
            .await
            .connected_app(&grant)
            .await
            .activity
            .events
            .iter()
            .all(|event| event.address.is_some())
    );
    // In Globex, nobody knows Ada.
    let details = outsider.connected_app(&others).await;
    assert_eq!(
        told(&details.activity.events)[0].1,
        "Ada Admin",
        "who acts in one's organization is no stranger"
    );
}

#[tokio::test]
async fn the_end_of_a_client_and_of_unused_registrations_is_recorded() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let client = app.signed_in(OWNER).await.register("Reports", ClientType::Public).await;
    app.tokens(MEMBER, &client, "api:read").await;
    let registered = json!({ "client_name": "Tool", "redirect_uris": [CALLBACK] });
    let own = app.post_json("/oauth/register", &registered, &[]).await.json();
    let own = ClientApp::new(own["client_id"].as_str().unwrap().to_owned(), None, CALLBACK);
    let events = of_client_as_admin(&mut admin, &own).await.events;
    assert_eq!(told(&events), [("Registered the app", "The app itself", None)]);
    assert!(!events[0].address.as_deref().unwrap().is_empty());
    app.clock.advance(2 * domain::clock::HOUR);
    admin.ask::<u64>("remove_unused_registrations", json!({})).await;
    admin.ask::<Impact>("delete_clients", json!({ "ids": [client.id] })).await;
    for (query, count) in [
        ("action = 'clients.removed' AND detail = '1' AND client_id IS NULL", 1),
        ("action = 'client.deleted' AND grant_id IS NULL", 1),
        ("action = 'grant.revoked' AND detail = 'client_deleted' AND organization_id IS NOT NULL", 1),
        // Of what nobody ever used, nothing stays but how many there were.
        ("action = 'client.registered' AND actor_id IS NULL", 0),
        ("address = ''", 0),
    ] {
        let query = format!("SELECT COUNT(*) FROM audit_events WHERE {query}");
        assert_eq!(app.number(&query).await, count, "{query}");
    }
}
