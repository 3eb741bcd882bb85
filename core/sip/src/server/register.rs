//! Decides what a REGISTER does (RFC 3261, section 10.3): who may register
//! which address, for how long, and what the client is told.

use super::lookup::Purpose;
use super::registrar::{BindError, Binding};
use super::reply::Arrival;
use super::{Action, Identity, Round, Server, Share};
use crate::message::NameAddr;
use std::time::Duration;

/// One Contact of a REGISTER.
struct Wanted {
    instance: String,
    contact: String,
    lasts: Duration,
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
        let is_owner = self.identity(arrival.peer.flow) == Some(&share.owner);
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
            let uri = uri.to_owned();
            round.actions.push(Action::PresenceChanged { uri, online });
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
        self.registrar.sweep(|binding| binding.uri == uri);
        true
    }

    fn enter_contacts(&mut self, arrival: &Arrival, uri: &str, round: &mut Round<'_>) -> bool {
        let wanted = self.wanted(arrival);
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
                self.registrar.unbind(uri, &one.instance);
                continue;
            }
            let bound = self.binding(arrival, uri, one, round);
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

    fn wanted(&self, arrival: &Arrival) -> Vec<Wanted> {
        let longest = self.settings.longest_registration;
        let default = arrival.request.expires().unwrap_or(longest);
        let contacts = arrival.request.contacts();
        let wanted = contacts.iter().map(|contact| Wanted {
            instance: instance(contact),
            contact: contact.uri().as_str().to_owned(),
            lasts: contact
                .parameter("expires")
                .and_then(|seconds| seconds.parse().ok())
                .map_or(default, Duration::from_secs)
                .min(longest),
        });
        wanted.collect()
    }

    fn binding(&self, arrival: &Arrival, uri: &str, wanted: Wanted, round: &Round<'_>) -> Binding {
        Binding {
            uri: uri.to_owned(),
            instance: wanted.instance,
            contact: wanted.contact,
            flow: arrival.peer.flow,
            expires: round.now + wanted.lasts,
            call_id: arrival.request.call_id().unwrap_or_default().to_owned(),
            sequence: arrival.request.cseq().map_or(0, |(sequence, _)| sequence),
        }
    }

    /// 200 with every binding of the address (RFC 3261, section 10.3, step 8).
    fn confirm(&mut self, arrival: &Arrival, uri: &str, round: &mut Round<'_>) {
        let now = round.now;
        let contacts: Vec<String> = self
            .registrar
            .of(uri)
            .map(|binding| binding.as_contact(now))
            .collect();
        self.reply_with(arrival, 200, "OK", round, |response| {
            contacts
                .iter()
                .fold(response, |response, contact| {
                    response.header("Contact", contact)
                })
                .header("Supported", "outbound")
        });
    }
}

impl Binding {
    fn as_contact(&self, now: hopsight_kit::Moment) -> String {
        let seconds = self.expires.since(now).as_secs();
        if self.instance == self.contact {
            return format!("<{}>;expires={seconds}", self.contact);
        }
        format!(
            "<{}>;+sip.instance=\"<{}>\";expires={seconds}",
            self.contact, self.instance
        )
    }
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
