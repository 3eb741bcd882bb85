//! A browser as far as these tests need one: keeps its cookie, names its
//! origin, speaks HTTP/1.1 over a pipe.

use crate::{add_link, person};
use hopsight_front_end::{FrontEnd, RelayLine, RelayPlace, Settings};
use hopsight_kit::{Fingerprint, Redacted};
use hopsight_net::{Clock, RelayControl};
use hopsight_store::{AccountChange, MemoryStore, Store};
use hopsight_turn::control::Reply;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const HOST: &str = "desk.test";

pub(crate) struct Browser {
    front_end: Arc<FrontEnd>,
    store: Arc<dyn Store>,
    cookie: Mutex<Option<String>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Browser {
    /// A browser in front of a new front end with these people.
    pub(crate) async fn new(people: &[&str]) -> Self {
        Self::in_front_of(settings(), people).await
    }

    /// A browser in front of a deployment without a relay.
    pub(crate) async fn without_relay(people: &[&str]) -> Self {
        let settings = Settings {
            relay: None,
            ..settings()
        };
        Self::in_front_of(settings, people).await
    }

    async fn in_front_of(settings: Settings, people: &[&str]) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        for name in people {
            store.add_account(&person(name)).await.unwrap();
        }
        let (relay, mut commands) = RelayControl::new(8);
        tokio::spawn(async move {
            while let Some(command) = commands.next().await {
                command.answer(Reply::Done);
            }
        });
        let (_reports, observed) = tokio::sync::mpsc::channel(1);
        let line = settings.relay.map(|_| RelayLine {
            control: relay,
            reports: observed,
        });
        let front_end = FrontEnd::start(settings, Arc::clone(&store), line, Clock::start());
        Self {
            front_end,
            store,
            cookie: Mutex::default(),
        }
    }

    /// Another browser in front of the same front end.
    pub(crate) fn another(&self) -> Self {
        Self {
            front_end: Arc::clone(&self.front_end),
            store: Arc::clone(&self.store),
            cookie: Mutex::default(),
        }
    }

    pub(crate) async fn link_for(&self, name: &str, token: &str) {
        add_link(&*self.store, name, token).await;
    }

    pub(crate) async fn appoint(&self, name: &str) {
        let change = AccountChange::Administrator(true);
        self.store.change_account(name, &change).await.unwrap();
    }

    pub(crate) async fn sign_in(&self, name: &str) {
        let token = format!("token-of-{name}");
        self.link_for(name, &token).await;
        let answer = self
            .post("/api/v1/sign-in", &serde_json::json!({ "link": token }))
            .await;
        assert_eq!(answer.status, 200);
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, &format!("https://{HOST}"), "")
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_from(&format!("https://{HOST}"), path, body).await
    }

    pub(crate) async fn post_from(&self, origin: &str, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, origin, &body.to_string()).await
    }

    async fn ask(&self, method: &str, path: &str, origin: &str, body: &str) -> Answer {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let remote = "192.0.2.1:50000".parse().unwrap();
        tokio::spawn(Arc::clone(&self.front_end).serve_http(theirs, remote));
        let cookie = self.cookie.lock().unwrap().clone();
        let cookie = cookie.map_or_else(String::new, |cookie| format!("Cookie: {cookie}\r\n"));
        let origin = if origin.is_empty() {
            String::new()
        } else {
            format!("Origin: {origin}\r\n")
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{origin}{cookie}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let (mut reader, mut writer) = tokio::io::split(ours);
        writer.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).await.unwrap();
        self.take(&text)
    }

    fn take(&self, text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let set = head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "));
        if let Some(cookie) = set.and_then(|set| set.split(';').next()) {
            *self.cookie.lock().unwrap() = Some(cookie.to_owned());
        }
        Answer {
            status,
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }
}

fn settings() -> Settings {
    Settings {
        domain: "hopsight.test".into(),
        url: format!("https://{HOST}"),
        host: HOST.into(),
        addresses: vec!["192.0.2.9".parse().unwrap()],
        relay: Some(RelayPlace {
            address: "192.0.2.9".parse().unwrap(),
            stun_port: 3478,
        }),
        certificate: Fingerprint([8; 32]),
        certificate_expires: hopsight_kit::Timestamp::from_unix_seconds(4_000_000_000),
        port: 443,
        authority: Fingerprint([7; 32]),
        node_key: Redacted::new([1; 32]),
        pages: &[("index.html", b"page")],
    }
}
