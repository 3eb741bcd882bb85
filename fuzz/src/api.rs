//! The HTTP API with any method, path and body: the server never blames itself,
//! and every refusal has the one form that docs/http-api.md promises.
//!
//! The first line is `METHOD PATH WHO`, where WHO is a name that is signed in or
//! anything else; the rest is the body.

use hopsight_front_end::{FrontEnd, RelayLine, RelayPlace, Settings};
use hopsight_kit::{Fingerprint, Redacted, Timestamp, Token};
use hopsight_net::{Clock, RelayControl};
use hopsight_store::{Account, AccountKind, MemoryStore, Store, TokenHash, WebSession};
use hopsight_turn::control::Reply;
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

pub(crate) fn run(bytes: &[u8]) {
    let Some(request) = Request::read(bytes) else {
        return;
    };
    HOUSE.with_borrow_mut(|house| {
        let house = house.get_or_insert_with(House::new);
        let answer = house.ask(&request);
        is_in_form(&request, &answer);
    });
}

thread_local! {
    /// Setting one up costs a password hash, so one serves a whole run.
    static HOUSE: RefCell<Option<House>> = const { RefCell::new(None) };
}

struct Request<'a> {
    method: &'a str,
    path: &'a str,
    who: &'a str,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (line, body) = bytes.split_at(end);
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.split(' ');
        let request = Self {
            method: words.next()?,
            path: words.next()?,
            who: words.next()?,
            body: body.get(1..)?,
        };
        let is_plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic());
        let is_known = METHODS.contains(&request.method) && request.path.starts_with('/');
        (is_known && is_plain(request.path) && is_plain(request.who)).then_some(request)
    }

    fn written(&self) -> Vec<u8> {
        let Self {
            method, path, who, ..
        } = self;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: desk.test\r\nOrigin: https://desk.test\r\n\
             Cookie: hopsight_session={who}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.body.len()
        );
        [head.as_bytes(), self.body].concat()
    }
}

const METHODS: [&str; 4] = ["GET", "POST", "DELETE", "PUT"];

struct Answer {
    status: u16,
    body: Vec<u8>,
}

fn is_in_form(request: &Request<'_>, answer: &Answer) {
    assert!(answer.status < 500, "{} {}", request.path, answer.status);
    let is_refusal = answer.status >= 400 && request.path.starts_with("/api/v1/");
    // What is no HTTP, and a method that a path does not know, is answered below
    // the API and without a body.
    if !is_refusal || answer.body.is_empty() {
        return;
    }
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let error = body.get("error").expect("an error");
    for field in ["code", "message", "remedy"] {
        assert!(error.get(field).is_some_and(Value::is_string), "{body}");
    }
}

/// A front end with a store in memory, in which three people are signed in.
struct House {
    runtime: Runtime,
    front_end: Arc<FrontEnd>,
    store: Arc<dyn Store>,
}

impl House {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let front_end = runtime.block_on(open(Arc::clone(&store)));
        Self {
            runtime,
            front_end,
            store,
        }
    }

    fn ask(&self, request: &Request<'_>) -> Answer {
        self.runtime.block_on(async {
            for account in people() {
                // Refused where the session is still there.
                let _kept = self.store.add_web_session(&signed_in(&account.name)).await;
            }
            let (mut ours, theirs) = tokio::io::duplex(256 * 1024);
            let remote = ([192, 0, 2, 1], 50_000).into();
            let serving = Arc::clone(&self.front_end).serve_http(theirs, remote);
            let asking = async move {
                ours.write_all(&request.written()).await.expect("a pipe");
                read(&mut ours).await
            };
            tokio::pin!(serving);
            tokio::pin!(asking);
            tokio::select! {
                answer = &mut asking => answer,
                () = &mut serving => asking.await,
            }
        })
    }
}

/// Reads one answer; of a stream of events only the head.
async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> Answer {
    let mut bytes = Vec::new();
    loop {
        let more = stream.read_buf(&mut bytes).await.expect("a pipe");
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let is_endless = head.contains("text/event-stream");
            if more == 0 || is_endless {
                let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
                return Answer {
                    status: status.expect("a status"),
                    body: bytes[end + 4..].to_vec(),
                };
            }
        }
        assert_ne!(more, 0, "the connection ended without an answer");
    }
}

async fn open(store: Arc<dyn Store>) -> Arc<FrontEnd> {
    for account in people() {
        store.add_account(&account).await.expect("a store");
    }
    let (control, mut commands) = RelayControl::new(8);
    tokio::spawn(async move {
        while let Some(command) = commands.next().await {
            command.answer(Reply::Done);
        }
    });
    let (_reports, reports) = tokio::sync::mpsc::channel(1);
    let line = RelayLine { control, reports };
    FrontEnd::start(settings(), store, Some(line), Clock::start())
}

fn people() -> [Account; 3] {
    let person = |name: &str, kind, administrator| Account {
        name: name.to_owned(),
        display_name: name.to_uppercase(),
        kind,
        administrator,
        enabled: true,
        password: None,
        created: Timestamp::default(),
        expires: None,
    };
    [
        person("alice", AccountKind::Person, false),
        person("root", AccountKind::Person, true),
        person("guest.1", AccountKind::Guest, false),
    ]
}

/// The cookie of a person is their name.
fn signed_in(name: &str) -> WebSession {
    WebSession {
        cookie: TokenHash::of(&Token::presented(name)),
        account: name.to_owned(),
        created: Timestamp::default(),
        expires: Timestamp::from_unix_seconds(4_000_000_000),
    }
}

fn settings() -> Settings {
    Settings {
        domain: "hopsight.test".to_owned(),
        url: "https://desk.test".to_owned(),
        host: "desk.test".to_owned(),
        addresses: vec![[192, 0, 2, 9].into()],
        relay: Some(RelayPlace {
            address: [192, 0, 2, 9].into(),
            stun_port: 3478,
        }),
        port: 443,
        authority: Fingerprint([7; 32]),
        certificate: Fingerprint([8; 32]),
        certificate_expires: Timestamp::from_unix_seconds(4_000_000_000),
        node_key: Redacted::new([1; 32]),
        pages: &[("index.html", b"page")],
    }
}
