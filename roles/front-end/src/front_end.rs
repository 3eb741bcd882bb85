//! What all parts of the front end share: settings, store, relay, clock and
//! the handle on the SIP loop. The ways in stand in `entrance`.

use crate::error::ApiError;
use crate::password::Passwords;
use crate::self_test::Health;
use crate::settings::{RelayPlace, Settings};
use crate::signalling::{self, RelayLine, Signalling};
use crate::tickets::Tickets;
use hopsight_evidence::Side;
use hopsight_kit::{Redacted, SessionId, Timestamp, Token};
use hopsight_net::{Clock, Entropy, RelayControl};
use hopsight_session::checks::CheckLimit;
use hopsight_store::Store;
use hopsight_turn::control::{Command, Reply};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How long a relay grant waits for the session to be answered.
const GRANT_LIFE: Duration = Duration::from_secs(600);

/// So many checks an account may make in a minute; one of a person's path takes
/// two.
const MOST_CHECKS: usize = 12;

/// A running front end. Cheap to hand around; stops when
/// [`FrontEnd::stop`] is called.
#[derive(Debug)]
pub struct FrontEnd {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn Store>,
    /// None in a deployment without a relay.
    pub(crate) relay: Option<RelayControl>,
    pub(crate) clock: Clock,
    pub(crate) passwords: Passwords,
    pub(crate) signalling: Signalling,
    /// What the last look of this deployment at itself showed.
    pub(crate) health: watch::Sender<Health>,
    tickets: Mutex<Tickets>,
    checks: Mutex<CheckLimit>,
}

impl FrontEnd {
    /// Starts the SIP loop and gives the handle by which connections are
    /// served. Without `relay` sessions are direct or nothing, and say so.
    #[must_use]
    pub fn start(
        settings: Settings,
        store: Arc<dyn Store>,
        relay: Option<RelayLine>,
        clock: Clock,
    ) -> Arc<Self> {
        let control = relay.as_ref().map(|line| line.control.clone());
        let signalling = signalling::start(&settings, Arc::clone(&store), relay, clock);
        Arc::new(Self {
            settings,
            store,
            relay: control,
            clock,
            passwords: Passwords::new(&mut Entropy),
            signalling,
            health: watch::Sender::default(),
            tickets: Mutex::default(),
            checks: Mutex::new(CheckLimit::per_minute(MOST_CHECKS)),
        })
    }

    /// Ends the SIP loop: flows are closed, records are on disk already.
    pub async fn stop(&self) {
        self.signalling.stop().await;
    }

    /// What the SIP server dropped or refused since the start, by name.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.signalling.counts.all()
    }

    /// The verdicts that were told since the start, by the code of the main
    /// cause; a verdict that was upgraded counts each time.
    #[must_use]
    pub fn verdicts(&self) -> BTreeMap<&'static str, u64> {
        self.signalling.verdicts.all()
    }

    pub(crate) fn tickets(&self) -> MutexGuard<'_, Tickets> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `name` may look at one more path now.
    pub(crate) fn may_check(&self, name: &str) -> bool {
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.allows(name, self.clock.now())
    }

    pub(crate) fn uri_of(&self, name: &str) -> String {
        format!("sip:{name}@{}", self.settings.domain)
    }

    pub(crate) fn share_uri(&self, id: &str) -> String {
        format!("sip:share.{id}@{}", self.settings.domain)
    }

    /// The link that a sharer hands out. The fingerprint stands behind `#`, so
    /// that no browser sends it anywhere.
    pub(crate) fn share_url(&self, token: &Token) -> String {
        format!(
            "{}/s/{}#ca={}",
            self.settings.url,
            token.reveal(),
            self.settings.authority
        )
    }

    /// The user part of a SIP URI of this domain.
    pub(crate) fn name_in<'a>(&self, uri: &'a str) -> Option<&'a str> {
        let (name, domain) = uri.strip_prefix("sip:")?.split_once('@')?;
        (domain == self.settings.domain).then_some(name)
    }

    /// Lets one side of a session allocate, in the name of `owner`, and tells where: nowhere, in a
    /// deployment without a relay.
    pub(crate) async fn grant(
        &self,
        id: &SessionId,
        side: Side,
        owner: &str,
    ) -> Result<Value, ApiError> {
        let expires = self.clock.wall() + GRANT_LIFE;
        let (Some(control), Some(place)) = (&self.relay, &self.settings.relay) else {
            return Ok(json!({
                "urls": [],
                "username": "",
                "password": "",
                "expires_at": rfc3339(expires),
            }));
        };
        let username = format!("{id}.{}", short(&Token::draw(&mut Entropy)));
        let password = Redacted::new(Token::draw(&mut Entropy).reveal().to_owned());
        let grant = Command::Grant {
            session: id.clone(),
            side,
            owner: owner.to_owned(),
            username: username.clone(),
            password: password.clone(),
            expires,
        };
        let granted = control.command(grant).await;
        granted.ok_or_else(|| ApiError::unavailable("relay"))?;
        let Settings { host, port, .. } = &self.settings;
        let RelayPlace { address, stun_port } = place;
        Ok(json!({
            "urls": [
                format!("turn:{address}:{stun_port}?transport=udp"),
                format!("turn:{address}:{port}?transport=tcp"),
                format!("turns:{host}:{port}?transport=tcp"),
            ],
            "username": username,
            "password": password.reveal(),
            "expires_at": rfc3339(expires),
            "lent_ports_answer": true,
        }))
    }
}

impl FrontEnd {
    /// How many requests over UDP the relay heard from this address and answered,
    /// without a sign that an answer came there.
    pub(crate) async fn relay_heard(&self, client: IpAddr) -> Result<u32, ApiError> {
        let relay = self.relay.as_ref();
        let relay = relay.ok_or_else(|| ApiError::not_found("relay"))?;
        let addresses = vec![client];
        let Some(Reply::Heard(heard)) = relay.command(Command::Heard { addresses }).await else {
            return Err(ApiError::unavailable("relay"));
        };
        Ok(heard.first().map_or(0, |one| one.requests))
    }
}

fn short(token: &Token) -> String {
    token.reveal().chars().take(8).collect()
}

/// A time as RFC 3339 with milliseconds, in UTC.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let nanos = i128::from(at.unix_micros()) * 1000;
    let format = time::macros::format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
    );
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|time| time.format(format).ok())
        .unwrap_or_default()
}
