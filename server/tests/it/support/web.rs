//! A web of one's own: https sites on this machine under names that only the test knows, with certificates that only the
//! test trusts.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    config::Config,
    fetch::{AddressPolicy, FetchClient, Resolver, TIMEOUT},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Resolver that the certificate covers.
const NAMES: [&str; 4] = ["app.example", "other.example", "127.0.0.1", "localhost"];

/// The answer of a path.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Sends the head and this much of the body, and then nothing more.
    pub stalls_after: Option<usize>,
}

impl Reply {
    /// 200 with JSON.
    pub fn json(body: &Value) -> Self {
        Self::text("application/json", &body.to_string())
    }

    /// 200 with anything.
    pub fn text(media_type: &str, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self { status: 200, headers, body: body.as_bytes().to_vec(), stalls_after: None }
    }

    /// The same with one more header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

#[derive(Default)]
struct Content {
    replies: Mutex<HashMap<String, Reply>>,
    requests: Mutex<Vec<String>>,
    bodies: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

/// The sites.
pub struct Web {
    /// The port at which all of them listen.
    pub port: u16,
    names: Arc<FakeResolver>,
    root: reqwest::Certificate,
    content: Arc<Content>,
    listening: JoinHandle<()>,
}

/// Says where names lead, and counts how often it was asked.
#[derive(Default)]
pub struct FakeResolver {
    addresses: Mutex<HashMap<String, Vec<IpAddr>>>,
    /// Done each time a name is asked for.
    meanwhile: Mutex<Option<Box<dyn Fn() + Send>>>,
    asked: AtomicUsize,
    /// Says if nobody answers, as where there is no way out.
    cut: AtomicBool,
}

#[async_trait::async_trait]
impl Resolver for FakeResolver {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(meanwhile) = &*self.meanwhile.lock().unwrap() {
            meanwhile();
        }
        if self.cut.load(Ordering::SeqCst) {
            return Err(io::Error::other("no resolver answers"));
        }
        let known = self.addresses.lock().unwrap();
        known.get(name).cloned().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "unknown name"))
    }
}

impl Web {
    /// A web in which `app.example` and `other.example` lead to this machine.
    pub async fn start() -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST, 0).await
    }

    /// The same at another address of this machine, and this port.
    pub async fn start_at(address: Ipv4Addr, port: u16) -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, authority_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(NAMES.map(str::to_owned).to_vec()).unwrap();
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], private)
            .unwrap();
        let listener = TcpListener::bind((address, port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let content = Arc::new(Content::default());
        let listening = tokio::spawn(listen(listener, TlsAcceptor::from(Arc::new(config)), content.clone()));
        let names = Arc::new(FakeResolver::default());
        let root = reqwest::Certificate::from_der(authority.der()).unwrap();
        let web = Self { port, names, root, content, listening };
        web.lead("app.example", &["127.0.0.1"]);
        web.lead("other.example", &["127.0.0.1"]);
        web
    }

    /// Makes a name lead to these addresses.
    pub fn lead(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.names.addresses.lock().unwrap().insert(name.to_owned(), addresses);
    }

    /// Makes a name one that does not exist.
    pub fn forget(&self, name: &str) {
        self.names.addresses.lock().unwrap().remove(name);
    }

    /// Lets nobody answer for any name, or somebody again.
    pub fn cut(&self, cut: bool) {
        self.names.cut.store(cut, Ordering::SeqCst);
    }

    /// Does something each time a name is asked for: what happens elsewhere while a request is on its way.
    pub fn meanwhile(&self, deed: impl Fn() + Send + 'static) {
        *self.names.meanwhile.lock().unwrap() = Some(Box::new(deed));
    }

    /// The address of a path at `app.example`.
    pub fn url(&self, path: &str) -> String {
        self.url_at("app.example", path)
    }

    /// The address of a path at any of the names.
    pub fn url_at(&self, name: &str, path: &str) -> String {
        format!("https://{name}:{}{path}", self.port)
    }

    /// Makes a path answer this, whatever the name.
    pub fn put(&self, path: &str, reply: Reply) {
        self.content.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// The heads of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.content.requests.lock().unwrap().clone()
    }

    /// The bodies of those requests that had one.
    pub fn bodies(&self) -> Vec<String> {
        self.content.bodies.lock().unwrap().clone()
    }

    /// Number of connections that were made.
    pub fn connections(&self) -> usize {
        self.content.connections.load(Ordering::SeqCst)
    }

    /// Number of times that a name was asked for.
    pub fn asked(&self) -> usize {
        self.names.asked.load(Ordering::SeqCst)
    }

    /// The way out of a server with these settings.
    pub fn outbound_of(&self, config: &Config) -> FetchClient {
        match config.options.outbound_proxy.clone() {
            Some(proxy) => FetchClient::by_proxy(config.address_policy, proxy, vec![self.root.clone()]),
            None => self.outbound(config.address_policy),
        }
    }

    /// The server's way out into this web.
    pub fn outbound(&self, policy: AddressPolicy) -> FetchClient {
        self.outbound_with(policy, TIMEOUT)
    }

    /// The same with another timeout.
    pub fn outbound_with(&self, policy: AddressPolicy, timeout: Duration) -> FetchClient {
        FetchClient::with_timeout(policy, self.names.clone(), vec![self.root.clone()], timeout)
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, content: Arc<Content>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        content.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(answer(stream, acceptor.clone(), content.clone()));
    }
}

async fn answer(stream: TcpStream, acceptor: TlsAcceptor, content: Arc<Content>) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
    content.requests.lock().unwrap().push(head);
    if let Some(length) = length {
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await?;
        content.bodies.lock().unwrap().push(String::from_utf8(body).unwrap());
    }
    let missing = Reply { status: 404, headers: Vec::new(), body: Vec::new(), stalls_after: None };
    let reply = content.replies.lock().unwrap().get(&path).cloned().unwrap_or(missing);
    let mut text = format!("HTTP/1.1 {} -\r\n", reply.status);
    for (name, value) in &reply.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("connection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).await?;
    if let Some(sent) = reply.stalls_after {
        stream.write_all(&reply.body[..sent]).await?;
        stream.flush().await?;
        std::future::pending::<()>().await;
    }
    stream.write_all(&reply.body).await?;
    stream.shutdown().await
}
