//! N11: a server that can fetch no document says so, and programs register themselves; and the proxy that leads out.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use domain::{client_metadata::way_out::WayOut, clock::MINUTE};
use http::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::support::{
    ADMIN, ClientApp, MEMBER, Reply, TestApp, Web, authorize_url,
    documents::{authorize, document, is_refused, with_document},
    log_of,
};

const SUPPORTED: &str = "client_id_metadata_document_supported";

/// Says if the metadata tells programs to name their documents.
async fn advertised(app: &TestApp) -> bool {
    let answer = app.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(answer.header("cache-control"), "no-cache", "who asks again learns of it");
    let metadata = answer.json();
    assert!(metadata.get(SUPPORTED).is_none_or(|said| said == true), "{metadata}");
    metadata.get(SUPPORTED).is_some()
}

#[tokio::test]
async fn n11_a_server_without_a_way_out_advertises_no_documents_after_the_first_failure() {
    let (web, app, client) = with_document(&[]).await;
    web.cut(true);
    assert!(advertised(&app).await);
    let log = log_of(async {
        let answer = authorize(&app, &client).await;
        is_refused(&answer, "cannot be reached over https");
        for way_out in ["Start again in the app", "register itself", "--client-documents false"] {
            assert!(answer.body.contains(way_out), "{way_out}: {}", answer.body);
        }
    });
    let log = log.await;
    let line = log.lines().find(|line| line.contains("are not advertised")).unwrap_or_default();
    assert!(line.contains("WARN") && line.contains("--client-documents false"), "{log}");
    assert!(!advertised(&app).await);

    // The administration page says it.
    let outage = app.signed_in(ADMIN).await.admin_clients(json!({})).await.outage.unwrap();
    assert_eq!(
        (outage.since, outage.url.as_str(), outage.advertised),
        (app.now(), client.id.as_str(), false)
    );
    let page = app.signed_in(ADMIN).await.get("/admin/oauth-clients").await.body;
    for text in ["Client ID documents cannot be fetched", &client.id, "--client-documents false"] {
        assert!(page.contains(text), "no {text} in {page}");
    }

    // It is tried again, and nothing changes until it goes well.
    let asked = web.asked();
    app.state.documents.try_again().await.unwrap();
    assert!(web.asked() > asked && !advertised(&app).await);
    web.cut(false);
    assert!(!advertised(&app).await);
    app.state.documents.try_again().await.unwrap();
    assert!(advertised(&app).await);
    assert!(app.signed_in(ADMIN).await.admin_clients(json!({})).await.outage.is_none());
    let asked = web.asked();
    app.state.documents.try_again().await.unwrap();
    assert_eq!(web.asked(), asked, "nothing is in question");
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
}

#[tokio::test]
async fn n11_the_administration_page_says_which_documents_failed_though_others_come() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    web.put("/blocked.json", Reply { status: 403, ..Reply::json(&json!({})) });
    let blocked = ClientApp { id: web.url_at("other.example", "/blocked.json"), ..client.clone() };
    is_refused(&authorize(&app, &blocked).await, "403");
    let mut admin = app.signed_in(ADMIN).await;
    let shown = admin.get("/admin/oauth-clients").await.body;
    for text in [&blocked.id, "answered 403 instead of 200", "Enter a document"] {
        assert!(shown.contains(text), "no {text} in {shown}");
    }
    assert!(app.signed_in(ADMIN).await.admin_clients(json!({})).await.outage.is_none());
    // It is forgotten once it comes, or after a day.
    web.put("/blocked.json", Reply::json(&document(&blocked.id)));
    assert!(authorize(&app, &blocked).await.location().starts_with("/consent/"));
    assert_eq!(app.signed_in(ADMIN).await.admin_clients(json!({})).await.missed, []);
    let missing = ClientApp { id: web.url("/missing.json"), ..client };
    is_refused(&authorize(&app, &missing).await, "404");
    assert_eq!(app.signed_in(ADMIN).await.admin_clients(json!({})).await.missed[0].url, missing.id);
    app.clock.advance(24 * 60 * MINUTE);
    assert_eq!(app.signed_in(ADMIN).await.admin_clients(json!({})).await.missed, []);
}

#[tokio::test]
async fn n11_an_address_of_this_network_says_nothing_about_the_way_out_but_a_name_that_leads_there_does() {
    let (web, app, client) = with_document(&[]).await;
    let at = |id: &str| ClientApp { id: id.to_owned(), ..client.clone() };
    for id in ["https://10.0.0.1/x", "https://[fd00::1]/x", "https://x.localhost/x"] {
        assert_eq!(authorize(&app, &at(id)).await.status, StatusCode::BAD_REQUEST, "{id}");
        assert!(advertised(&app).await, "{id}");
    }
    web.lead("filtered.example", &["10.0.0.1"]);
    is_refused(&authorize(&app, &at(&web.url_at("filtered.example", "/x"))).await, "not public");
    assert!(!advertised(&app).await);
}

#[tokio::test]
async fn n11_whoever_gets_a_document_opens_the_way_for_all() {
    let (web, app, client) = with_document(&[]).await;
    let lost = ClientApp { id: web.url_at("nowhere.example", "/client.json"), ..client.clone() };
    is_refused(&authorize(&app, &lost).await, "a name that does not exist");
    assert!(!advertised(&app).await, "of a server that never reached anybody nothing else is known");
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    assert!(advertised(&app).await);
}

#[tokio::test]
async fn n11_a_stranger_who_names_an_address_that_fails_switches_nothing_off() {
    let (web, mut app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    web.lead("refuses.example", &["127.0.0.3"]);
    web.put("/busy.json", Reply { status: 503, ..Reply::json(&json!({})) });
    for id in [
        web.url_at("refuses.example", "/x"),
        web.url_at("nowhere.example", "/x"),
        web.url_at("wrong-certificate.example", "/x"),
        web.url_at("other.example", "/busy.json"),
    ] {
        web.lead("wrong-certificate.example", &["127.0.0.1"]);
        let stranger = ClientApp { id, ..client.clone() };
        for _ in 0..3 {
            let refused = authorize(&app, &stranger).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert!(advertised(&app).await, "{}", stranger.id);
        }
        // Others are tried, and they answer.
        app.state.documents.try_again().await.unwrap();
        assert!(advertised(&app).await, "{}", stranger.id);
    }
    // After a restart too: what was fetched once is tried again.
    app.state.documents.way_out = Arc::new(WayOut::new(app.clock.clone()));
    let app = app.restarted();
    let stranger = ClientApp { id: web.url_at("refuses.example", "/x"), ..client };
    is_refused(&authorize(&app, &stranger).await, "cannot be reached");
    assert!(advertised(&app).await);
    app.state.documents.try_again().await.unwrap();
    assert!(advertised(&app).await);
}

#[tokio::test]
async fn n11_where_everything_fails_that_answered_before_documents_are_not_advertised() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    web.cut(true);
    let new = ClientApp { id: web.url_at("other.example", "/other.json"), ..client.clone() };
    let answer = authorize(&app, &new).await;
    is_refused(&answer, "cannot be reached over https");
    assert!(
        answer.body.contains("Try again in a minute") && answer.body.contains("--client-documents false")
    );
    assert!(advertised(&app).await, "one failure proves nothing");
    app.state.documents.try_again().await.unwrap();
    assert!(!advertised(&app).await);
    // Who is known goes on.
    app.clock.advance(6 * MINUTE);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    web.cut(false);
    app.state.documents.try_again().await.unwrap();
    assert!(advertised(&app).await);
}

#[tokio::test]
async fn n11_whoever_brings_many_documents_that_fail_later_does_not_decide_by_them() {
    let (web, app, client) = with_document(&[]).await;
    app.tokens(MEMBER, &client, "api:read").await;
    let theirs: Vec<_> = (0..4)
        .map(|number| {
            let path = format!("/theirs/{number}.json");
            let id = web.url_at("other.example", &path);
            web.put(&path, Reply::json(&document(&id)));
            ClientApp { id, ..client.clone() }
        })
        .collect();
    for own in &theirs {
        app.clock.advance(MINUTE);
        assert!(authorize(&app, own).await.location().starts_with("/consent/"));
    }
    for number in 0..4 {
        let path = format!("/theirs/{number}.json");
        web.put(&path, Reply { status: 503, ..Reply::json(&json!({})) });
    }
    let fifth = ClientApp { id: web.url_at("other.example", "/theirs/0.json?5"), ..client };
    web.put("/theirs/0.json?5", Reply { status: 503, ..Reply::json(&json!({})) });
    is_refused(&authorize(&app, &fifth).await, "503");
    app.state.documents.try_again().await.unwrap();
    assert!(advertised(&app).await);
}

#[tokio::test]
async fn n11_programs_that_cannot_register_keep_their_documents() {
    let (web, app, client) = with_document(&["--dynamic-registration", "false"]).await;
    web.cut(true);
    let answer = authorize(&app, &client).await;
    is_refused(&answer, "cannot be reached over https");
    for way_out in ["an administrator can enter the document", "--dynamic-registration true"] {
        assert!(answer.body.contains(way_out), "{way_out}: {}", answer.body);
    }
    assert!(advertised(&app).await);
    assert!(
        app.signed_in(ADMIN)
            .await
            .admin_clients(json!({}))
            .await
            .outage
            .is_some_and(|outage| outage.advertised)
    );
}

/// A proxy that connects to one port of this machine, whatever it is asked for, or refuses.
struct Proxy {
    port: u16,
    /// The heads of the requests.
    heads: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Proxy {
    async fn to(target: Option<u16>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, target, Arc::clone(&seen)));
            }
        });
        Self { port, heads, listening }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn tunnel(
    mut stream: TcpStream,
    target: Option<u16>,
    seen: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    seen.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    let Some(port) = target else {
        return stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    };
    let mut onward = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut stream, &mut onward).await?;
    Ok(())
}

/// A server that reaches a web through this proxy alone.
async fn behind(proxy: &Proxy, web: &Web, flags: &[&str]) -> TestApp {
    let url = format!("http://gate:keeper@127.0.0.1:{}", proxy.port);
    TestApp::start_in(web, &[&["--outbound-proxy", &url], flags].concat()).await
}

#[tokio::test]
async fn n11_documents_come_through_a_proxy_that_sees_host_and_port_only() {
    let web = Web::start().await;
    let proxy = Proxy::to(Some(web.port)).await;
    let url = web.url("/client.json");
    let mut described = document(&url);
    described["logo_uri"] = json!(web.url_at("other.example", "/logo.png"));
    web.put("/client.json", Reply::json(&described));
    web.put("/logo.png", Reply { body: b"\x89PNG\r\n\x1a\n".to_vec(), ..Reply::text("image/png", "") });
    // No address of this machine may be reached, and nobody here asks for that of a name.
    let app = behind(&proxy, &web, &[]).await;
    let client = ClientApp::new(url, None, "http://127.0.0.1/callback");
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.get(&authorize_url(&client, &[])).await;
    assert!(browser.get(answer.location()).await.body.contains("/client-logos/"));
    assert_eq!(web.asked(), 0);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 2);
    for (head, host) in heads.iter().zip(["app.example", "other.example"]) {
        assert!(head.starts_with(&format!("CONNECT {host}:{} HTTP/1.1\r\n", web.port)), "{head}");
        assert!(head.to_lowercase().contains("proxy-authorization: basic z2f0ztprzwvwzxi="), "{head}");
        assert!(!head.contains("json"), "{head}");
    }
    for head in web.requests() {
        assert!(!head.to_lowercase().contains("proxy"), "its password goes to nobody else: {head}");
    }
}

#[tokio::test]
async fn n11_what_names_an_address_inside_is_not_asked_of_a_proxy() {
    let web = Web::start().await;
    let proxy = Proxy::to(Some(web.port)).await;
    let app = behind(&proxy, &web, &[]).await;
    for host in
        ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:a00:1]", "localhost", "a.localhost"]
    {
        let client = ClientApp::new(web.url_at(host, "/client.json"), None, "http://127.0.0.1/callback");
        is_refused(&authorize(&app, &client).await, "not public");
    }
    assert!(proxy.heads().is_empty());
}

#[tokio::test]
async fn n11_a_proxy_is_no_reason_to_trust_a_certificate() {
    let (web, other) = (Web::start().await, Web::start().await);
    let proxy = Proxy::to(Some(other.port)).await;
    let app = behind(&proxy, &web, &[]).await;
    let client = ClientApp::new(web.url("/client.json"), None, "http://127.0.0.1/callback");
    is_refused(&authorize(&app, &client).await, "cannot be reached over https");
}

#[tokio::test]
async fn n11_a_proxy_that_refuses_or_is_not_there_is_no_way_out() {
    let web = Web::start().await;
    let client = ClientApp::new(web.url("/client.json"), None, "http://127.0.0.1/callback");
    for there in [true, false] {
        let proxy = Proxy::to(None).await;
        let app = behind(&proxy, &web, &[]).await;
        if !there {
            proxy.listening.abort();
            while !proxy.listening.is_finished() {
                tokio::task::yield_now().await;
            }
        }
        is_refused(&authorize(&app, &client).await, "cannot be reached over https");
        assert!(!advertised(&app).await);
        assert_eq!(proxy.heads().len(), usize::from(there));
    }
}
