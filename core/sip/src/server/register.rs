//! Decides what a REGISTER does (RFC 3261, section 10.3): who may register
//! which address, for how long, over which flows (RFC 5626, section 6) and proxies
//! (RFC 3327).

use super::lookup::Purpose;
use super::registrar::{BindError, Binding, Key};
use super::reply::Arrival;
use super::{Identity, Round, Server, Share};
use crate::message::NameAddr;
use std::time::Duration;

/// One Contact of a REGISTER.
struct Wanted {
    instance: String,
    registration: u32,
    contact: String,
    lasts: Duration,
}

/// What a REGISTER asks of the registrar, and whether it is answered by one that
/// keeps several flows (RFC 5626, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outbound {
    /// It names no flow, or nobody it could name one for.
    NotAsked,
    /// Each flow is kept.
    Kept,
    /// The first proxy does not keep flows.
    FirstHopLacks,
}

impl Server {
    pub(super) fn register(
        &mut self,
        arrival: Arrival,
        identity: &Identity,
        round: &mut Round<'_>,
    ) {
        let Some(uri) = self.registered_uri(&arrival) else {
            return self.reply(&arrival, 404, "Not This Domain", round);
        };
        if let Some(unknown) = unsupported(&arrival) {
            return self.reply_with(&arrival, 420, "Bad Extension", round, |response| {
                response.header("Unsupported", unknown)
            });
        }
        let from = arrival
            .request
            .from()
            .map(|from| from.uri().address_of_record());
        let is_own = from.is_some_and(|from| from == identity.uri || from == uri);
        if !is_own {
            round.count("sip.from-refused");
            return self.reply(&arrival, 403, "From Is Not Who Signed In", round);
        }
        if uri == identity.uri {
            return self.enter(&arrival, &uri, round);
        }
        let Some(link) = self.share_link(&uri) else {
            return self.reply(&arrival, 403, "Not Your Address", round);
        };
        self.find_share(&link, arrival, Purpose::RegisterShare, round);
    }

    pub(super) fn register_share(
        &mut self,
        arrival: &Arrival,
        share: &Share,
        round: &mut Round<'_>,
    ) {
        let is_owner = arrival.by.as_ref() == Some(&share.owner);
        let uri = self.registered_uri(arrival);
        let Some(uri) = uri.filter(|_| is_owner) else {
            return self.reply(arrival, 403, "Not Your Share", round);
        };
        self.enter(arrival, &uri, round);
    }

    /// The open id in `sip:share.ID@DOMAIN`.
    pub(super) fn share_link(&self, uri: &str) -> Option<String> {
        let (user, host) = uri.strip_prefix("sip:")?.split_once('@')?;
        let link = user.strip_prefix("share.")?;
        let is_id = !link.is_empty()
            && link
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (is_id && self.is_ours(host)).then(|| link.to_owned())
    }

    fn registered_uri(&self, arrival: &Arrival) -> Option<String> {
        let target = crate::uri::Uri::parse(arrival.request.request_uri()?).ok()?;
        let to = arrival.request.to()?;
        let is_here = self.is_ours(target.host()) && self.is_ours(to.host());
        is_here.then(|| to.uri().address_of_record())
    }

    fn enter(&mut self, arrival: &Arrival, uri: &str, round: &mut Round<'_>) {
        let was_online = self.registrar.is_online(uri);
        let entered = if arrival.request.values("Contact").contains(&"*") {
            self.unregister_all(arrival, uri, round)
        } else {
            self.enter_contacts(arrival, uri, round)
        };
        let online = self.registrar.is_online(uri);
        if was_online != online {
            self.presence_changed(uri, online, round);
        }
        if entered {
            self.confirm(arrival, uri, round);
        }
    }

    fn unregister_all(&mut self, arrival: &Arrival, uri: &str, round: &mut Round<'_>) -> bool {
        let is_alone = arrival.request.values("Contact").len() == 1;
        if !is_alone || arrival.request.expires() != Some(Duration::ZERO) {
            self.reply(arrival, 400, "Contact * Needs Expires 0", round);
            return false;
        }
        self.registrar.unbind_all(uri);
        true
    }

    fn enter_contacts(&mut self, arrival: &Arrival, uri: &str, round: &mut Round<'_>) -> bool {
        let outbound = outbound(arrival);
        if outbound == Outbound::FirstHopLacks {
            self.reply(arrival, 439, "First Hop Lacks Outbound Support", round);
            return false;
        }
        let wanted = self.wanted(arrival, outbound);
        let shortest = self.settings.shortest_registration;
        if wanted
            .iter()
            .any(|one| !one.lasts.is_zero() && one.lasts < shortest)
        {
            self.reply_with(arrival, 423, "Interval Too Brief", round, |response| {
                response.header("Min-Expires", shortest.as_secs().to_string())
            });
            return false;
        }
        for one in wanted {
            if one.lasts.is_zero() {
                self.registrar.unbind(&Key {
                    uri: uri.to_owned(),
                    instance: one.instance,
                    registration: one.registration,
                });
                continue;
            }
            let Some(bound) = binding(arrival, uri, one, round) else {
                self.reply(arrival, 403, "Signed Out", round);
                return false;
            };
            match self.registrar.bind(bound) {
                Ok(()) => {}
                Err(BindError::OutOfOrder) => {
                    self.reply(arrival, 500, "Older Than A Known Registration", round);
                    return false;
                }
                Err(BindError::TooMany) => {
                    self.reply(arrival, 403, "Too Many Endpoints", round);
                    return false;
                }
            }
        }
        true
    }

    fn wanted(&self, arrival: &Arrival, outbound: Outbound) -> Vec<Wanted> {
        let longest = self.settings.longest_registration;
        let default = arrival.request.expires().unwrap_or(longest);
        let contacts = arrival.request.contacts();
        let wanted = contacts.iter().map(|contact| Wanted {
            instance: instance(contact),
            registration: match outbound {
                Outbound::Kept => registration(contact),
                Outbound::NotAsked | Outbound::FirstHopLacks => 0,
            },
            contact: contact.uri().as_str().to_owned(),
            lasts: contact
                .parameter("expires")
                .and_then(|seconds| seconds.parse().ok())
                .map_or(default, Duration::from_secs)
                .min(longest),
        });
        wanted.collect()
    }
}

fn binding(arrival: &Arrival, uri: &str, wanted: Wanted, round: &Round<'_>) -> Option<Binding> {
    let path = arrival.request.values("Path");
    Some(Binding {
        uri: uri.to_owned(),
        instance: wanted.instance,
        registration: wanted.registration,
        contact: wanted.contact,
        path: path.into_iter().map(str::to_owned).collect(),
        by: arrival.by.clone()?,
        flow: arrival.peer.flow,
        entered: round.now,
        expires: round.now + wanted.lasts,
        call_id: arrival.request.call_id().unwrap_or_default().to_owned(),
        sequence: arrival.request.cseq().map_or(0, |(sequence, _)| sequence),
    })
}

/// What is required of the registrar and unknown to it.
fn unsupported(arrival: &Arrival) -> Option<String> {
    let required = arrival.request.values("Require").into_iter();
    let unknown: Vec<&str> = required.filter(|tag| !SUPPORTED.contains(tag)).collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}

/// Whether flows are named, and may be: straight from the endpoint, or by a first proxy
/// that says so (`ob` in its Path).
fn outbound(arrival: &Arrival) -> Outbound {
    let contacts = arrival.request.contacts();
    let is_named = |contact: &NameAddr| {
        contact.parameter("+sip.instance").is_some() && registration(contact) > 0
    };
    if !contacts.iter().any(is_named) {
        return Outbound::NotAsked;
    }
    let paths = arrival.request.addresses("Path");
    let first = paths.last();
    let is_kept =
        !arrival.is_relayed() || first.is_some_and(|first| first.uri().parameter("ob").is_some());
    if is_kept {
        Outbound::Kept
    } else {
        Outbound::FirstHopLacks
    }
}

/// The `reg-id` of a Contact; 0 when it has none.
fn registration(contact: &NameAddr) -> u32 {
    let number = contact.parameter("reg-id");
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The `+sip.instance` of a Contact; the contact itself when it has none.
fn instance(contact: &NameAddr) -> String {
    contact
        .parameter("+sip.instance")
        .map(|text| text.trim_matches(['"', '<', '>']).to_owned())
        .filter(|text| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'"')
        })
        .unwrap_or_else(|| contact.uri().as_str().to_owned())
}

/// Extensions that a client may require of the registrar.
pub(super) const SUPPORTED: [&str; 3] = ["path", "outbound", "gruu"];
