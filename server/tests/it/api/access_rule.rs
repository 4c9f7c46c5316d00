//! The one rule that decides every call, as a table of all that there is: and that running is not writing.

use domain::oauth::access::{Access, AccessContext, Refusal};
use http::{Request, StatusCode};
use serde_json::json;
use types::{
    grant::{GrantStatus, Subject},
    role::ProductRole,
    scope::{AccessLevel, Resource, ResourceSet, Scope, ScopeSet},
};

use crate::support::{ISSUER, MEMBER, TestApp, Tokens, authorize_url};

/// An operator: the least who may run things.
const OPERATOR: &str = MEMBER;

/// All sets of scopes.
fn sets() -> impl Iterator<Item = ScopeSet> {
    let all: Vec<Scope> = Scope::all().collect();
    (0..1_u32 << all.len()).map(move |bits| {
        all.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, scope)| *scope).collect()
    })
}

/// True if a role reaches a level, written down once more.
fn reaches(role: ProductRole, level: AccessLevel) -> bool {
    let levels: &[AccessLevel] = match role {
        ProductRole::Viewer => &[AccessLevel::Read],
        ProductRole::Editor => &[AccessLevel::Read, AccessLevel::Write],
        ProductRole::Operator => &[AccessLevel::Read, AccessLevel::Write, AccessLevel::Execute],
        ProductRole::Admin => &AccessLevel::ALL,
    };
    levels.contains(&level)
}

fn context(resource: Resource, scopes: &ScopeSet, role: ProductRole) -> AccessContext<'_> {
    let both: ResourceSet = Resource::ALL.into_iter().collect();
    AccessContext {
        resource,
        audience: both,
        narrowed: None,
        grant_status: GrantStatus::Active,
        grant_scopes: scopes,
        grant_resources: both,
        client_active: true,
        ceiling: None,
        user_active: true,
        role: Some(role),
        subject: Subject::Person,
    }
}

#[test]
fn exactly_what_grant_resource_role_ceiling_and_token_have_in_common_is_allowed() {
    let roles = [ProductRole::Viewer, ProductRole::Editor, ProductRole::Operator, ProductRole::Admin];
    let limits =
        ["", "mcp:read api:write", "mcp:execute mcp:write", "api:read api:execute api:admin mcp:admin"];
    let limits = || std::iter::once(None).chain(limits.map(|text| Some(ScopeSet::parse_known(text))));
    for (resource, scopes) in
        Resource::ALL.into_iter().flat_map(|resource| sets().map(move |set| (resource, set)))
    {
        for (role, ceiling) in roles.into_iter().flat_map(|role| limits().map(move |limit| (role, limit))) {
            for narrowed in limits() {
                let (narrowed, ceiling) = (narrowed.as_ref(), ceiling.as_ref());
                let context = AccessContext { narrowed, ceiling, ..context(resource, &scopes, role) };
                let access = Access::evaluate(&context).unwrap();
                for scope in Scope::all() {
                    let held = |limit: Option<&ScopeSet>| limit.is_none_or(|limit| limit.contains(scope));
                    let expected = scopes.contains(scope)
                        && scope.resource == resource
                        && reaches(role, scope.level)
                        && held(ceiling)
                        && held(narrowed);
                    assert_eq!(access.scopes().contains(scope), expected, "{scope} of {context:?}");
                    assert_eq!(access.authorize(scope).is_ok(), expected, "{scope} of {context:?}");
                }
            }
        }
    }
}

#[test]
fn the_resource_has_to_be_in_the_audience_and_in_the_grant() {
    let only = |resource: Resource| std::iter::once(resource).collect::<ResourceSet>();
    for resource in Resource::ALL {
        for (audience, resources, open) in [
            (only(resource), only(resource), true),
            (ResourceSet::default(), only(resource), false),
            (only(resource), ResourceSet::default(), false),
            (ResourceSet::default(), ResourceSet::default(), false),
        ] {
            let all = ScopeSet::ALL;
            let context = AccessContext {
                audience,
                grant_resources: resources,
                ..context(resource, &all, ProductRole::Admin)
            };
            let outcome = Access::evaluate(&context).map(|access| access.scopes().clone());
            let expected =
                if open { Ok(ScopeSet::ALL.of_resource(resource)) } else { Err(Refusal::Audience) };
            assert_eq!(outcome, expected, "{context:?}");
        }
    }
}

#[test]
fn a_consent_is_asked_for_only_where_it_would_help() {
    let scope = |resource, level| Scope::new(resource, level);
    for (resource, level) in
        Resource::ALL.into_iter().flat_map(|resource| AccessLevel::ALL.map(|level| (resource, level)))
    {
        for role in [ProductRole::Viewer, ProductRole::Editor, ProductRole::Operator, ProductRole::Admin] {
            let none = ScopeSet::EMPTY;
            for (ceiling, subject) in [
                (None, Subject::Person),
                (Some(&none), Subject::Person),
                (None, Subject::Client),
                (Some(&none), Subject::Client),
            ] {
                let context = AccessContext { ceiling, subject, ..context(resource, &none, role) };
                let refusal =
                    Access::evaluate(&context).unwrap().authorize(scope(resource, level)).unwrap_err();
                let needed = level.implied().iter().map(|&level| scope(resource, level)).collect();
                let expected = match (reaches(role, level), ceiling, subject) {
                    (false, ..) => Refusal::Role,
                    (true, None, Subject::Person) => Refusal::Scope { needed },
                    (true, ..) => Refusal::Ceiling,
                };
                assert_eq!(refusal, expected, "{level:?} of {context:?}");
            }
        }
    }
}

#[test]
fn a_level_brings_what_it_implies_and_nothing_more() {
    for resource in Resource::ALL.map(Resource::prefix) {
        for (level, brought) in [
            ("read", &["read"][..]),
            ("write", &["read", "write"]),
            ("execute", &["read", "execute"]),
            ("admin", &["read", "write", "execute", "admin"]),
        ] {
            let set = ScopeSet::parse_known(&format!("{resource}:{level}")).expanded();
            let expected: Vec<_> = brought.iter().map(|level| format!("{resource}:{level}")).collect();
            assert_eq!(set.to_string(), expected.join(" "));
        }
    }
}

/// An operator's tokens of a client that asked for these scopes at both resources.
async fn operating(app: &TestApp, scopes: &str) -> Tokens {
    app.set_role(OPERATOR, "acme", "support", ProductRole::Operator).await;
    app.tokens(OPERATOR, &app.public_client().await, scopes).await
}

/// Tells if a token changes anything: at REST, and through MCP.
async fn writes(app: &TestApp, tokens: &Tokens) -> [StatusCode; 2] {
    let bearer = tokens.bearer();
    let body = json!({ "title": "Written" });
    let rest = app.post_json("/api/v1/work-items", &body, &[("authorization", &bearer)]).await;
    [rest.status, app.call_tool(tokens, "create_work_item", body).await.status]
}

#[tokio::test]
async fn m3_execute_alone_never_brings_write() {
    let app = TestApp::start().await;
    let tokens = operating(&app, "mcp:execute api:execute").await;
    assert_eq!(tokens.scope, "mcp:read mcp:execute api:read api:execute");
    let count = "SELECT COUNT(*) FROM audit_events WHERE action = 'grant.authorized'
        AND detail = 'mcp:read mcp:execute api:read api:execute'";
    assert_eq!(app.number(count).await, 1);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "it brings reading");
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::OK);
    assert_eq!(writes(&app, &tokens).await, [StatusCode::FORBIDDEN; 2]);
    // The challenge asks for what is missing, which the person can give.
    let (bearer, body) = (tokens.bearer(), json!({ "title": "Written" }));
    let refused = app.post_json("/api/v1/work-items", &body, &[("authorization", &bearer)]).await;
    assert_eq!(refused.error(), "insufficient_scope");
    assert!(refused.header("www-authenticate").ends_with("scope=\"api:read api:write\""), "{refused:?}");
    let changes = Request::patch("/api/v1/work-items/wrk_1")
        .header("host", "127.0.0.1:4000")
        .header("content-type", "application/json")
        .header("authorization", &bearer);
    let refused = app.send(changes.body(axum::body::Body::from("{\"title\":\"x\"}")).unwrap()).await;
    assert_eq!(refused.error(), "insufficient_scope", "{}", refused.body);
    let listed = app.call_api(&tokens).await.json();
    assert!(!listed.to_string().contains("Written"), "{listed}");

    let tokens = operating(&app, "mcp:write api:write").await;
    assert_eq!(writes(&app, &tokens).await, [StatusCode::CREATED, StatusCode::OK], "writing brings it");
}

#[tokio::test]
async fn m3_execute_brings_no_write_on_any_other_way() {
    let app = TestApp::start().await;
    // Refreshed: with more, and narrowed to it from a grant that has both.
    let client = app.public_client().await;
    app.set_role(OPERATOR, "acme", "support", ProductRole::Operator).await;
    let running = app.tokens(OPERATOR, &client, "mcp:execute").await;
    let wider = client.refresh_with(&app, &running.refresh, &[("scope", "mcp:execute mcp:write")]).await;
    assert_eq!(wider.error(), "invalid_scope");
    let both = app.tokens(OPERATOR, &client, "mcp:execute mcp:write api:execute api:write").await;
    let narrowed = [("scope", "mcp:execute api:execute")];
    let narrowed = Tokens::of(&client.refresh_with(&app, &both.refresh, &narrowed).await);
    assert_eq!(narrowed.scope, "mcp:read mcp:execute api:read api:execute");
    assert_eq!(writes(&app, &narrowed).await, [StatusCode::FORBIDDEN; 2]);
    assert_eq!(writes(&app, &both).await, [StatusCode::CREATED, StatusCode::OK]);
    // Chosen on the consent page where writing was asked for too.
    let asked = [("scope", "mcp:write mcp:execute")];
    let code = app.code_for(OPERATOR, &client, ("acme", "support"), &asked, "mcp:execute").await;
    let chosen = Tokens::of(&client.exchange(&app, &code).await);
    assert_eq!(chosen.scope, "mcp:read mcp:execute");
    // Chosen where it was not asked for.
    let mut browser = app.signed_in(OPERATOR).await;
    let form = browser.open_consent(&authorize_url(&client, &[("scope", "mcp:execute")])).await;
    let forged = browser.approve(&form, "mcp:execute mcp:write").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    // An operator who became a viewer has neither.
    app.set_role(OPERATOR, "acme", "support", ProductRole::Viewer).await;
    assert_eq!(Tokens::of(&client.refresh(&app, &chosen.refresh).await).scope, "mcp:read");
    // A token says so wherever it is read.
    let said = app.state.keys.verify(&narrowed.access, ISSUER).unwrap();
    assert_eq!((said.scope.as_str(), said.narrowed), (narrowed.scope.as_str(), Some(true)));
}
