//! The codes in front of the names of tests: a line for each item of the protocol that is proven, here, in the tests
//! of another crate, or in `end2end/tests`.

use std::{collections::BTreeSet, fs, path::Path};

const ITEMS: &[(&str, &str)] = &[
    // Discovery
    ("D1", "RFC 9728 for MCP: its name, who authorizes for it, and its scopes but for administration"),
    ("D2", "the metadata at the root, without a path, is that of MCP"),
    ("D3", "RFC 9728 for the REST API"),
    ("D4", "RFC 8414: the issuer letter by letter, and nothing advertised that does not answer"),
    ("D5", "a public URL with a path stops the start, so no document has to stand under one"),
    ("D6", "a well-known document that does not exist is 404 in JSON, never a page"),
    ("D7", "pages of other origins may read what programs are answered, and never the authorization"),
    ("D9", "an issuer on http is for this machine only; any other stops the start"),
    // Dynamic registration
    ("R1", "VS Code: four redirect URIs and no secret"),
    ("R2", "Cursor: a scheme of its own, the web and loopback at once, whatever type it says it is"),
    ("R3", "who names no method gets a secret, and is told the method and that the secret does not expire"),
    ("R4", "empty, null and unknown fields count as absent"),
    ("R5", "redirect URIs that are relative, run as script, have a user, or are http elsewhere are refused"),
    ("R6", "methods, grant types, response types and keys that nobody here can serve are refused in JSON"),
    ("R7", "a registration never brings administration, nor access without a person"),
    ("R8", "registrations have limits, IDs that need no encoding, an end when unused, and a switch"),
    ("R9", "registration is a POST; anything else is 405"),
    // Clients whose ID is the address of a document
    ("C1", "the consent page shows what a document cannot forge: its host, and where the answer goes"),
    ("C2", "a document is for exactly the ID at which it stands"),
    ("C3", "an ID that is not a plain https address is refused before anything is fetched"),
    ("C4", "no address inside a network is ever connected to, and names are resolved once"),
    ("C5", "a document is one small, quick answer of JSON: no redirect, no other status, no bad certificate"),
    ("C6", "a document names no secret, and no method that needs one; keys it may name"),
    ("C7", "a loopback address in a document matches with any port"),
    ("C8", "documents are kept as long as they say, within bounds; a changed one is another app to people"),
    ("C9", "only signed-in people make the server fetch documents, and everything fetched has limits"),
    ("C10", "the operator decides from which hosts documents are taken, or that none are"),
    ("C11", "at the token endpoint a document is not needed again"),
    // The authorization endpoint
    ("A1", "where client or redirect URI are not certain, the person gets a page and nobody is redirected"),
    ("A2", "redirect URIs match letter by letter, but for the port of a loopback address"),
    ("A3", "other errors go back with state and issuer; to a client that nobody trusts only after a page"),
    ("A4", "signing in, or as somebody else, leads back to the same request"),
    ("A5", "the resource decides for whom a token is good; spelling does not"),
    ("A6", "unknown scopes fall away, broad ones bring narrow ones, and administration takes the role"),
    ("A7", "consent is asked for every time"),
    ("A8", "pages of the flow are in no frame and no cache, and run no script but their own"),
    ("A9", "unknown parameters are ignored, and empty ones are absent"),
    // Consent
    ("U1", "the page says who asks, for what, and where the answer goes; hostile text stays text"),
    ("U2", "an answer counts once, in time, and from the person, browser and form that were asked"),
    ("U3", "people share only products of theirs, only what was asked for, and may share less"),
    ("U4", "yes and no go back with 303, state and issuer, unless the client ended or changed meanwhile"),
    ("U5", "the grant records who, what, when and from where, and is on the Apps tab"),
    // Codes at the token endpoint
    ("T1", "a good code becomes tokens that nobody caches; a refresh token only for who registered for it"),
    ("T2", "secrets come in the header, encoded or not, or in the body, and not in both"),
    ("T3", "a client that does not prove itself is 401 `invalid_client`"),
    ("T4", "a code is worth something with its own client, redirect URI and verifier, and nothing otherwise"),
    ("T5", "the second good use of a code ends what the first one got, unless both came at the same time"),
    ("T6", "malformed requests are told what is wrong, in the words of RFC 6749"),
    ("T7", "a resource at exchange or refresh has to be one of the grant's"),
    ("T8", "no passwords, no implicit flow"),
    ("T9", "a code lives a minute, and is stored as a hash"),
    ("T10", "guessing a secret ends in 429, for the guesser only"),
    // Refresh tokens
    ("F1", "each refresh brings a new refresh token; access tokens live on until they expire"),
    ("F2", "an old refresh token gives its answer again for 30 seconds; later it ends the whole grant"),
    ("F3", "a refresh may ask for less, which shrinks that access token only, and never for more"),
    ("F4", "the refresh token of another client is worth nothing, and its owner keeps it"),
    ("F5", "refresh tokens end when idle, and at last; each gives only what the person still has"),
    ("F6", "a changed password ends the access of apps where the person wants that"),
    // Revocation and introspection
    ("V1", "a refresh token takes its grant along, an access token itself; an unknown one is 200 too"),
    ("I1", "introspection is for clients that prove themselves, about what is theirs or is handed to them"),
    // MCP
    ("M1", "without a token every request but a preflight gets one challenge with metadata and scopes"),
    ("M2", "a token that is bad, over, for another resource or not in its header opens nothing"),
    ("M3", "a missing scope is 403 with all scopes that the call needs, so that the client can ask for them"),
    ("M4", "what no consent could change is an error of the call, and no challenge"),
    ("M5", "a call reaches the product of its grant only, and asks for the membership each time"),
    ("M6", "foreign origins and hosts are refused before anything else"),
    ("M7", "old revisions are served without a session, the newest without state"),
    ("M8", "whoever ends access, the very next call fails, and so does the next refresh"),
    ("M9", "tokens are in no log"),
    // REST
    ("P1", "the REST API has the rules of MCP with metadata of its own, and speaks plain JSON"),
    // Registered apps
    ("G1", "people register apps: a secret is shown once, two work at once, and grants end with the app"),
    // Whole flows, in end2end/tests
    ("Z1", "real clients and SDKs connect, get consent, call tools, refresh, and are out after `Revoke`"),
    ("Z2", "the conformance suite of MCP passes"),
    ("Z3", "the Inspector connects in a browser"),
    // Learned from use and attacks
    ("N1", "MCP answers every client that can take JSON, and refuses in JSON"),
    ("N2", "a path of programs that is misspelled never ends at a page"),
    ("N3", "what a tool's schema declares is what the tool takes, its defaults among it"),
    ("N4", "the revision that has batches is served with them"),
    ("N5", "lists that programs page through neither skip nor repeat rows"),
    ("N6", "a revocation is answered with an empty JSON object"),
    ("N7", "a code verifier that breaks RFC 7636 is told so"),
    ("N8", "a client without a person gets what it was given of what it asks for"),
    ("N9", "what counts as loopback at registration counts at authorization, however it is spelled"),
    ("N10", "schemes of known programs register; a refusal of another names the setting"),
    ("N11", "where a document cannot be fetched its last good copy serves, or the app registers itself"),
    ("N12", "a token that demands an unknown extension is refused; assertions live five minutes"),
    ("N13", "the whole authorization request comes back from sign-in byte by byte"),
];

/// Items that nothing proves, for now, and why.
const LEFT_OUT: &[(&str, &str)] =
    &[("D8", "optional: no known client needs the endpoints of the 2025-03-26 fallback at the root")];

#[test]
fn every_item_has_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tested = BTreeSet::new();
    for folder in ["src", "domain/src", "tests", "../app/src", "../app/types/src", "../end2end/tests"] {
        collect(&root.join(folder), &mut tested);
    }
    let listed: BTreeSet<_> = ITEMS.iter().map(|(item, _)| (*item).to_owned()).collect();
    assert_eq!(listed.len(), ITEMS.len(), "an item is listed twice");
    let built = LEFT_OUT.iter().find(|(item, _)| tested.contains(*item));
    assert!(built.is_none(), "{built:?} is tested: give it its line");
    let missing: Vec<_> = listed.difference(&tested).collect();
    assert!(missing.is_empty(), "no test is named after {missing:?}");
    let unknown: Vec<_> = tested.difference(&listed).collect();
    assert!(unknown.is_empty(), "tests are named after {unknown:?}, and no line says what that is");
}

/// Adds the items that tests below this folder are named after.
fn collect(folder: &Path, tested: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, tested);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "ts") {
            tested.extend(fs::read_to_string(&path).unwrap().lines().flat_map(items));
        }
    }
}

/// The items at the beginning of a test's name: `p1_m1_without_a_token…`, `test('Z1 an MCP client…`.
fn items(line: &str) -> impl Iterator<Item = String> {
    let line = line.trim_start();
    let name = ["async fn ", "fn ", "test('", "test(`"].iter().find_map(|begin| line.strip_prefix(begin));
    name.unwrap_or_default().split(['_', ' ']).map_while(|word| {
        let (kind, number) = word.split_at_checked(1)?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (digits && kind.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| word.to_uppercase())
    })
}
