//! Hostile text in every field that people and programs fill, on every page that shows it: U1.
//!
//! Whatever stands in the fields, every page has the same elements with the same attributes as with plain words, and the
//! text is there as it was written.

use std::collections::{BTreeMap, BTreeSet};

use domain::oauth::text::{Flaw, keeps_to_itself};
use http::StatusCode;
use sea_orm::{ConnectionTrait, Statement, Value};
use serde_json::json;
use types::{
    client::{ClientSource, ClientType},
    paths,
};

use crate::support::{
    ADMIN, Answer, Browser, ClientApp, ISSUER, MEMBER, OWNER, Reply, TestApp, Web, authorize_url, form,
    hostile::{Page, assert_headers, assert_safe},
};

/// The pages without any of it.
const PLAIN: &str = "plain words";
/// Texts that get out of one place or another when they are not escaped for that place.
const HOSTILE: [&str; 6] = [
    "</textarea></title></script></style></noscript><form zq1 action=https://zq1.example/><button zq1>Verify</button>",
    "</textarea></select></form></title><meta zq1 http-equiv=refresh content=0;url=https://zq1.example/><base zq1>",
    "\"><img src=x onerror=zq1()>'><img src=x onerror=zq1()> \" onfocus=zq1 autofocus x=\" ' onfocus=zq1 x='`zq1`",
    "<!--zq1 --><zq1> <![CDATA[zq1]]> <!zq1> <?zq1?> </zq1 <script>zq1()</script><svg/onload=zq1()>",
    "&lt;zq1&gt; &amp;lt; &#60;zq1&#62; &quot;zq1=&quot; &zq1; \\\"-zq1-\\' \\u003czq1> ${zq1} {{zq1}}",
    "\u{202e}zq1\u{202c} \u{2066}<zq1>\u{2069} \u{2028}\u{2029} \u{200f} e\u{301}\u{301}\u{301}\u{301} \u{10ffff}<zq1>",
];

/// Every column of text that people or programs fill and pages may show. Work items are written by a program.
const COLUMNS: [(&str, &str); 16] = [
    ("users", "name"),
    ("users", "email"),
    ("organizations", "name"),
    ("products", "name"),
    ("clients", "name"),
    ("clients", "description"),
    ("clients", "created_address"),
    ("clients", "jwks"),
    ("client_entries", "name"),
    ("client_entries", "hosts"),
    ("client_documents", "body"),
    ("client_documents", "failure"),
    ("client_secrets", "last_four"),
    ("grants", "authorized_address"),
    ("audit_events", "address"),
    ("audit_events", "detail"),
];
/// Those that no page shows.
const HIDDEN: [&str; 3] = ["clients.created_address", "client_entries.hosts", "grants.authorized_address"];

/// The text as it stands in a column: each has its own.
fn text_in(column: &str, text: &str) -> String {
    format!("{column} {text}")
}

/// Writes a column of every row.
async fn write(app: &TestApp, (table, column): (&str, &str), value: impl Into<Value>) {
    // Addresses for signing in are unique.
    let unique = if column == "email" { " || id" } else { "" };
    let query = format!("UPDATE {table} SET {column} = CAST($1 AS TEXT){unique} WHERE {column} IS NOT NULL");
    let statement = Statement::from_sql_and_values(app.db().backend(), query, [value.into()]);
    app.db().write().execute_raw(statement).await.unwrap();
}

/// Every page that somebody got, by who and where.
type Pages = BTreeMap<String, Answer>;

/// A server whose fields all hold the text, and every page of it.
async fn pages_with(text: &str) -> Pages {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    let mut owner = app.signed_in(OWNER).await;
    let (mut admin, mut member) = (app.signed_in(ADMIN).await, app.signed_in(MEMBER).await);
    let reports = owner.register("Reports", ClientType::Confidential).await;
    let keys = json!({ "client_id": reports.id, "keys": "https://reports.example/keys" });
    owner.ask::<()>("set_client_keys", keys).await;
    app.execute("UPDATE clients SET jwks = jwks_uri").await;
    let registered = app.public_client().await;
    let described = described(&web);
    let tokens = app.tokens(ADMIN, &app.confidential_client().await, "api:admin").await;
    for client in [&reports, &registered, &described] {
        app.tokens(MEMBER, client, "api:read").await;
    }
    let ended = app.tokens(MEMBER, &registered, "api:read").await;
    app.post_form("/oauth/revoke", &[("token", &ended.refresh), ("client_id", &registered.id)]).await;
    let (open, _) = member.open_consent(&authorize_url(&described, &[("state", text)])).await;

    app.execute("UPDATE client_documents SET failure = client_id").await;
    for (table, column) in COLUMNS {
        write(&app, (table, column), text_in(&format!("{table}.{column}"), text)).await;
    }
    // What is searched for.
    app.execute("UPDATE client_entries SET sort_name = LOWER(name)").await;
    write(&app, ("clients", "website"), format!("https://site.example/?{text}")).await;
    let uris = json!(["http://127.0.0.1/callback", format!("https://client.example/?{text}")]).to_string();
    app.execute(&format!("UPDATE clients SET redirect_uris = '{}'", uris.replace('\'', "''"))).await;
    write(&app, ("authorization_requests", "redirect_uri"), format!("https://client.example/?{text}")).await;
    // A program that writes the text into the workspace, as far as it may.
    let item = |column: &str| {
        let text = text_in(column, text);
        if keeps_to_itself(&text) == Ok(()) { text } else { column.to_owned() }
    };
    let item = json!({ "title": item("work_items.title"), "description": item("work_items.description") });
    let bearer = tokens.bearer();
    let made = app.post_json("/api/v1/work-items", &item, &[("authorization", &bearer)]).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);

    let mut pages = Pages::new();
    let query = form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let id = form_urlencoded::byte_serialize(described.id.as_bytes()).collect::<String>();
    let own = format!("/settings/oauth-apps/{}", reports.id);
    let everybody = ["/", "/o/acme/support", "/o/acme/settings/apps", "/settings/oauth-apps", "/nowhere"];
    let searches = [
        format!("/o/acme/settings/apps?q={query}"),
        format!("/settings/oauth-apps?q={query}"),
        format!("/nowhere/{query}?{query}={query}"),
        format!("/settings/oauth-apps/{query}"),
        format!("/o/{query}/{query}"),
        format!("/sign-in?next={query}"),
        format!("/consent/{query}"),
        format!("/consent/{open}?product={query}&problem={query}"),
        authorize_url(&described, &[("scope", text), ("state", text)]),
        authorize_url(&described, &[("redirect_uri", text)]),
        authorize_url(&described, &[("client_id", text)]),
        authorize_url(&described, &[("response_type", text), ("state", text)]),
    ];
    for (who, browser) in [("owner", &mut owner), ("admin", &mut admin), ("member", &mut member)] {
        for path in everybody.iter().copied().chain(searches.iter().map(String::as_str)) {
            let name = path.replace(&query, "TEXT").replace(&open, "HANDLE").replace(&id, "CLIENT");
            visit(&mut pages, &format!("{who} {name}"), browser, path).await;
        }
        let forged = browser.post("/oauth/consent", &[("handle", text), ("csrf", text)]).await;
        pages.insert(format!("{who} POST /oauth/consent"), forged);
        let wrong = browser.post("/sign-in", &[("email", text), ("password", text), ("next", text)]).await;
        pages.insert(format!("{who} POST /sign-in"), wrong);
    }
    visit(&mut pages, "member /consent", &mut member, &format!("/consent/{open}")).await;
    visit(&mut pages, "owner own", &mut owner, &own).await;
    visit(&mut pages, "owner new", &mut owner, "/settings/oauth-apps/new").await;
    visit(&mut pages, "admin own", &mut admin, &own).await;
    administration(&mut pages, &app, &mut admin, &query).await;
    pages
}

/// A client that a document describes.
fn described(web: &Web) -> ClientApp {
    let id = web.url("/client.json");
    let callback = "http://127.0.0.1/callback";
    let document = json!({ "client_id": id, "client_name": "Described", "redirect_uris": [callback] });
    web.put("/client.json", Reply::json(&document));
    ClientApp::new(id, None, callback)
}

/// Every page of the administration.
async fn administration(pages: &mut Pages, app: &TestApp, admin: &mut Browser<'_>, query: &str) {
    use domain::clients::tables::client;
    use sea_orm::{EntityTrait, QueryOrder};
    let clients =
        client::Entity::find().order_by_asc(client::Column::Source).all(app.db().read()).await.unwrap();
    for client in clients {
        let (source, path) = (client.source, paths::admin_client(&client.entry_id));
        // An entry of registrations has no page; each of them has one.
        let path = if source == ClientSource::Dynamic { paths::admin_client(&client.id) } else { path };
        visit(pages, &format!("admin client {source}"), admin, &path).await;
        let entry = format!("{}?entry={}", paths::ADMIN_CLIENTS, client.entry_id);
        visit(pages, &format!("admin entry {source}"), admin, &entry).await;
    }
    for path in [paths::ADMIN_CLIENTS, paths::NEW_ADMIN_CLIENT] {
        visit(pages, &format!("admin {path}"), admin, path).await;
    }
    let search = format!("{}?q={query}", paths::ADMIN_CLIENTS);
    visit(pages, "admin search", admin, &search).await;
}

async fn visit(pages: &mut Pages, name: &str, browser: &mut Browser<'_>, path: &str) {
    let answer = browser.get(path).await;
    pages.insert(name.to_owned(), answer);
}

/// The pages among the answers. The others lead somewhere on this server.
fn read(pages: &Pages) -> BTreeMap<&str, Page> {
    let mut read = BTreeMap::new();
    for (name, answer) in pages {
        assert!(!answer.status.is_server_error(), "{name}: {}", answer.body);
        if answer.status.is_redirection() {
            let target = url::Url::parse(ISSUER).unwrap().join(answer.location()).unwrap();
            assert_eq!(target.origin().ascii_serialization(), ISSUER, "{name}");
            continue;
        }
        assert_headers(answer);
        let may_lead = |url: &str| {
            ["https://site.example/", "https://client.example/", "http://127.0.0.1/callback"]
                .iter()
                .any(|known| url.starts_with(known))
        };
        assert_safe(&answer.body, may_lead);
        read.insert(name.as_str(), Page::read(&answer.body));
    }
    read
}

#[tokio::test]
async fn u1_no_text_changes_a_page_and_every_text_is_there_as_it_was_written() {
    let plain = pages_with(PLAIN).await;
    let plain_pages = read(&plain);
    assert!(plain_pages.len() > 50, "{:?}", plain_pages.keys());
    for text in HOSTILE {
        let hostile = pages_with(text).await;
        for (name, answer) in &hostile {
            let usual = plain[name].status;
            assert_eq!(answer.status, usual, "{name} with {text}: {:?} {}", answer.headers, answer.body);
        }
        let pages = read(&hostile);
        assert_eq!(pages.keys().collect::<Vec<_>>(), plain_pages.keys().collect::<Vec<_>>());
        let mut texts = BTreeSet::new();
        for (name, page) in &pages {
            assert_eq!(page.skeleton(), plain_pages[name].skeleton(), "{name} with {text}");
            texts.extend(page.texts());
        }
        let columns = COLUMNS.map(|(table, column)| format!("{table}.{column}"));
        let mut shown: BTreeSet<_> = columns.iter().map(String::as_str).collect();
        if keeps_to_itself(text) != Err(Flaw::Direction) {
            shown.extend(["work_items.title", "work_items.description"]);
        }
        for column in shown.into_iter().filter(|column| !HIDDEN.contains(column)) {
            let written = text_in(column, text);
            assert!(texts.iter().any(|shown| shown.contains(&written)), "{written} is on no page");
        }
        // What was searched for and typed stands in its field again.
        assert!(texts.contains(text), "{text}");
    }
}

#[tokio::test]
async fn u1_what_an_app_says_of_itself_adds_no_control_to_an_administrators_page() {
    let app = TestApp::start().await;
    let (mut owner, mut admin) = (app.signed_in(OWNER).await, app.signed_in(ADMIN).await);
    let client = owner.register("Reports", ClientType::Public).await;
    let mut page_with = async |description: &str| {
        let form = types::client_form::ClientForm {
            description: description.to_owned(),
            website: "https://site.example/".to_owned(),
            ..form("Reports", &["https://reports.example/cb"])
        };
        owner.ask::<()>("update_client", json!({ "client_id": client.id, "form": form })).await;
        // Each change is one event more.
        app.execute("DELETE FROM audit_events").await;
        let mut answers = Vec::new();
        for path in [paths::admin_client(&client.id), paths::oauth_app(&client.id)] {
            let answer = admin.get(&path).await;
            assert_safe(&answer.body, |url| url.starts_with("https://site.example/"));
            answers.push(Page::read(&answer.body).skeleton());
        }
        answers
    };
    let plain = page_with("Makes reports.").await;
    for text in HOSTILE {
        assert_eq!(page_with(text).await, plain, "{text}");
    }
}

#[test]
fn no_page_writes_text_where_the_server_does_not_escape_it() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src")];
    let mut textareas = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let mut source = source.split("#[cfg(test)]").next().unwrap().to_owned();
            // The shapes of icons are constants: their type is `&'static str`.
            if path.ends_with("components/icon.rs") {
                source = source.replacen("inner_html=glyph.shapes()", "", 1);
            }
            let opened = source.matches("<textarea").count();
            // Nothing stands before the end but the end of the opening tag.
            assert_eq!(source.matches("></textarea>").count(), opened, "{}", path.display());
            assert!(!source.contains("/></textarea>"), "{}", path.display());
            textareas += opened;
            let shell = path.ends_with("shell.rs");
            for raw in ["inner_html", "<style", "<noscript", "<script"] {
                assert!(!source.contains(raw) || (shell && raw == "<script"), "{raw} in {}", path.display());
            }
        }
    }
    assert!(textareas >= 3, "they were looked for in the wrong place");
}
