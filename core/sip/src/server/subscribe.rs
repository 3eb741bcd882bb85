//! Decides what a SUBSCRIBE is answered (RFC 6665, section 4.2.1): only the presence of
//! people is told, only to people.

use super::lookup::Purpose;
use super::notify::PIDF;
use super::presence::{WatchKey, Watcher};
use super::reply::Arrival;
use super::{Identity, IdentityKind, Round, Server};
use crate::message::{Builder, Message};
use crate::uri::Uri;
use std::time::Duration;

impl Server {
    pub(super) fn subscribe(
        &mut self,
        arrival: Arrival,
        identity: &Identity,
        uri: &Uri,
        round: &mut Round<'_>,
    ) {
        if let Some((status, reason)) = refusal(&arrival.request, identity) {
            return self.reply_with(&arrival, status, reason, round, |response| {
                response.header("Allow-Events", EVENT)
            });
        }
        let request = &arrival.request;
        let tag = request.to().and_then(|to| to.tag().map(str::to_owned));
        if let Some(tag) = tag {
            return self.renew(&arrival, identity, tag, round);
        }
        let watched = uri.address_of_record();
        if self.registrar.is_online(&watched) {
            return self.watch(&arrival, round);
        }
        let name = uri.user().unwrap_or_default().to_owned();
        self.find_account(&name, arrival, Purpose::Watch, round);
    }

    /// Begins to tell whoever asked about the person in the Request-URI.
    pub(super) fn watch(&mut self, arrival: &Arrival, round: &mut Round<'_>) {
        let begun = self.watcher(arrival, round);
        let Some(watcher) = begun else {
            return self.reply(arrival, 400, "No Contact", round);
        };
        if !self.watchers.has_room_for(&watcher.by.uri) {
            return self.reply_with(arrival, 503, "Too Many Subscriptions", round, |response| {
                response.header("Retry-After", "60")
            });
        }
        let Some(key) = key(&arrival.request, &watcher.by, round.digits(16)) else {
            return self.reply(arrival, 400, "No Tag", round);
        };
        self.tell(arrival, &key, watcher, round);
    }

    fn renew(
        &mut self,
        arrival: &Arrival,
        identity: &Identity,
        tag: String,
        round: &mut Round<'_>,
    ) {
        let known = key(&arrival.request, identity, tag)
            .and_then(|key| Some((self.watchers.get(&key)?.clone(), key)));
        let Some((known, key)) = known else {
            return self.reply(arrival, 481, "Subscription Does Not Exist", round);
        };
        let contact = contact(&arrival.request);
        let renewed = Watcher {
            peer: arrival.peer,
            contact: contact.unwrap_or(known.contact),
            expires: round.now + lasts(&arrival.request),
            ..known
        };
        self.tell(arrival, &key, renewed, round);
    }

    /// 200, and at once how things are. A time of zero asks once and ends it.
    fn tell(&mut self, arrival: &Arrival, key: &WatchKey, watcher: Watcher, round: &mut Round<'_>) {
        let lasts = lasts(&arrival.request);
        if !lasts.is_zero() && lasts < SHORTEST {
            return self.reply_with(arrival, 423, "Interval Too Brief", round, |response| {
                response.header("Min-Expires", SHORTEST.as_secs().to_string())
            });
        }
        let response = Builder::response_to(&arrival.request, 200, "OK")
            .to_tag(&key.local_tag)
            .header("Contact", format!("<{}>", watcher.watched))
            .header("Expires", lasts.as_secs().to_string())
            .finish();
        self.transactions
            .respond(&arrival.key, &response, round.now);
        self.watchers.enter(key.clone(), watcher);
        self.notify(key, lasts.is_zero().then_some("timeout"), round);
        if lasts.is_zero() {
            self.watchers.remove(key);
        }
    }

    fn watcher(&self, arrival: &Arrival, round: &Round<'_>) -> Option<Watcher> {
        let request = &arrival.request;
        let watched = Uri::parse(request.request_uri()?).ok()?;
        let route = request.values("Record-Route").into_iter();
        Some(Watcher {
            watched: watched.address_of_record(),
            by: arrival.by.clone()?,
            peer: arrival.peer,
            contact: contact(request)?,
            remote: request.header("From")?.to_owned(),
            route: route.map(str::to_owned).collect(),
            sequence: 0,
            expires: round.now + lasts(request),
        })
    }
}

fn refusal(request: &Message, identity: &Identity) -> Option<(u16, &'static str)> {
    let event = request.header("Event").unwrap_or_default();
    let package = event.split(';').next().unwrap_or_default().trim();
    let accepted = request.values("Accept");
    let takes = |kind: &&str| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        [PIDF, "application/*", "*/*"].contains(&kind)
    };
    if package != EVENT {
        Some((489, "Bad Event"))
    } else if !accepted.is_empty() && !accepted.iter().any(takes) {
        Some((406, "Only application/pidf+xml"))
    } else if identity.kind == IdentityKind::Guest {
        Some((403, "Guests Watch Nobody"))
    } else {
        None
    }
}

fn key(request: &Message, by: &Identity, local_tag: String) -> Option<WatchKey> {
    Some(WatchKey {
        by: by.uri.clone(),
        call_id: request.call_id()?.to_owned(),
        remote_tag: request.from()?.tag()?.to_owned(),
        local_tag,
    })
}

fn contact(request: &Message) -> Option<String> {
    let contacts = request.contacts();
    Some(contacts.first()?.uri().as_str().to_owned())
}

fn lasts(request: &Message) -> Duration {
    request.expires().unwrap_or(LONGEST).min(LONGEST)
}

const EVENT: &str = "presence";
/// The usual time of RFC 3856, section 6.4.
const LONGEST: Duration = Duration::from_secs(3600);
const SHORTEST: Duration = Duration::from_secs(60);
