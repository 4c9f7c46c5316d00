//! The Apps tab of an organization with very many connected apps.

use domain::clock::MINUTE;
use serde_json::json;

use crate::support::{ADMIN, OWNER, Size, TestApp, fill};

fn size(clients: usize, grants: usize) -> Size {
    Size { clients, grants, events_per_grant: 1 }
}

/// The ids of the grants that a search finds, with everything that they belong to looked at in one query.
async fn found(app: &TestApp, search: &str) -> i64 {
    let text = ["c.name", "COALESCE(c.website, '')", "p.name", "u.name", "u.email"]
        .map(|text| format!("LOWER({text}) LIKE '%{search}%'"))
        .join(" OR ");
    app.number(&format!(
        "SELECT COUNT(*) FROM grants g JOIN clients c ON c.id = g.client_id JOIN products p ON p.id = g.product_id
        JOIN users u ON u.id = g.user_id JOIN organizations o ON o.id = g.organization_id
        WHERE o.slug = 'acme' AND g.status IN ('active', 'revoked') AND ({text})"
    ))
    .await
}

#[tokio::test]
async fn a_search_finds_the_same_whether_few_or_many_things_match() {
    let app = TestApp::start().await;
    fill(app.db(), size(400, 1_300), app.now()).await.unwrap();
    let mut browser = app.signed_in(OWNER).await;
    // Few apps, few people, both, more than are looked up one by one, a product, and nothing.
    for search in
        ["app 16", "person 3", "3", "app", "service", "e", "support", "claude code", "nothing at all"]
    {
        let query = json!({ "search": search, "status": "all", "every": true });
        let page = browser.connected_apps("acme", query).await;
        let expected = found(&app, search).await;
        // Above five hundred they are not counted.
        assert_eq!(page.total.min(501) as i64, expected.min(501), "{search}");
        assert_eq!(page.rows.len() as i64, expected.min(50), "{search}");
        let mut order: Vec<_> =
            page.rows.iter().map(|row| (row.last_used_at, row.authorized_at, row.grant_id.clone())).collect();
        order.reverse();
        assert!(order.is_sorted(), "{search}");
    }
}

#[tokio::test]
async fn rows_are_counted_up_to_five_hundred_or_the_page_that_is_shown() {
    let app = TestApp::start().await;
    fill(app.db(), size(40, 1_300), app.now()).await.unwrap();
    let mut browser = app.signed_in(OWNER).await;
    let all = found(&app, "").await;
    assert!(all > 1_100, "{all}");
    let path = "/o/acme/settings/apps?status=all&group=off";
    for (page, rows, expected) in [
        (1, 50, "1–50 of more than 500".to_owned()),
        (10, 50, "451–500 of more than 500".to_owned()),
        (22, 50, "1,051–1,100 of more than 1,100".to_owned()),
        (26, all - 1_250, format!("1,251–{0} of {0}", "1,300")),
    ] {
        let query = json!({ "page": page, "status": "all", "every": true });
        assert_eq!(browser.connected_apps("acme", query).await.rows.len() as i64, rows, "{page}");
        let html = browser.get(&format!("{path}&page={page}")).await.body;
        assert!(html.contains(&expected), "{page}: {expected}");
    }
}

#[tokio::test]
async fn a_page_past_the_end_of_a_list_is_the_last_one() {
    let app = TestApp::start().await;
    fill(app.db(), size(40, 120), app.now()).await.unwrap();
    let mut admin = app.signed_in(ADMIN).await;
    for asked in [9_u64, 1_000_000, u64::MAX / 100] {
        let apps = admin.connected_apps("acme", json!({ "every": true, "page": asked })).await;
        assert_eq!(apps.page, apps.total.div_ceil(50), "{asked}");
        assert!(!apps.rows.is_empty());
        let clients = admin.admin_clients(json!({ "page": asked })).await;
        assert!(!clients.rows.is_empty() && clients.page < 9, "{asked}: {}", clients.page);
        let own = admin.call("oauth_apps", &json!({ "query": { "page": asked } })).await.json();
        assert_eq!(own["page"], 1, "{asked}");
    }
    let html = admin.get("/o/acme/settings/apps?group=off&page=1000000").await.body;
    assert!(html.contains("Previous") && !html.contains("No app matches"), "{html}");
}

#[tokio::test]
async fn very_many_that_were_revoked_a_moment_ago_leave_the_others_their_place() {
    let app = TestApp::start().await;
    // A seventh of them, that is sixty.
    fill(app.db(), size(40, 420), app.now()).await.unwrap();
    let mut browser = app.signed_in(OWNER).await;
    let live = app.number("SELECT COUNT(*) FROM grants WHERE status = 'active'").await;
    let page = browser.connected_apps("acme", json!({ "every": true })).await;
    assert_eq!(page.total, (live + 50).unsigned_abs(), "no more than a page of what was revoked");
    app.clock.advance(6 * MINUTE);
    let page = browser.connected_apps("acme", json!({ "every": true })).await;
    assert_eq!(page.total, live.unsigned_abs());
}
