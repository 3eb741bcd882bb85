//! Decides where a request goes (RFC 3261, sections 16.3 to 16.5): to the far
//! end of its dialog, to a service of the server, or to every endpoint of the
//! person or share that it names.

use super::fork::Target;
use super::lookup::Purpose;
use super::registrar::Binding;
use super::reply::Arrival;
use super::{Action, Description, Identity, IdentityKind, Peer, Round, Server, SessionEvent};
use crate::flow_token::{EndpointKey, FlowToken, hexadecimal};
use crate::gruu::{ForgedGruu, Gruu, TemporaryGruu};
use crate::message::{Message, Method};
use crate::uri::Uri;
use sha2::{Digest, Sha256};

/// What the Route header says.
enum Way {
    /// Nothing, or nothing but this server.
    Here,
    /// To the far end of a dialog.
    Dialog(FlowToken),
    /// To another server.
    Elsewhere,
    /// By a token that this server did not sign.
    Forged,
}

impl Server {
    pub(super) fn route(&mut self, arrival: Arrival, identity: &Identity, round: &mut Round<'_>) {
        if arrival.request.max_forwards() == Some(0) {
            return self.reply(&arrival, 483, "Too Many Hops", round);
        }
        if let Some(options) = arrival.request.header("Proxy-Require") {
            let options = options.to_owned();
            return self.reply_with(&arrival, 420, "Bad Extension", round, |response| {
                response.header("Unsupported", &options)
            });
        }
        let (way, request) = self.way(&arrival.request);
        let arrival = Arrival { request, ..arrival };
        match way {
            Way::Here => self.addressed(arrival, identity, round),
            Way::Dialog(token) => self.in_dialog(&arrival, identity, &token, round),
            Way::Elsewhere => self.reply(&arrival, 403, "Not Relayed To Other Servers", round),
            Way::Forged => {
                round.count("sip.flow-token-refused");
                self.reply(&arrival, 403, "Not A Route Of This Server", round);
            }
        }
    }

    /// Reaches every endpoint of the person or share in the Request-URI.
    pub(super) fn reach(&mut self, arrival: &Arrival, round: &mut Round<'_>) {
        let Some(identity) = arrival.by.clone() else {
            return self.reply(arrival, 403, "Signed Out", round);
        };
        let Some(uri) = request_uri(&arrival.request) else {
            return self.reply(arrival, 404, "Unknown", round);
        };
        let targets = match self.targets(&uri, arrival.peer) {
            Ok(targets) => targets,
            Err(ForgedGruu) => {
                round.count("sip.gruu-refused");
                return self.refuse(arrival, 404, "Unknown", round);
            }
        };
        if !targets.is_empty() {
            return self.start_fork(arrival, &identity, targets, round);
        }
        if uri.parameter("gr").is_some() {
            return self.refuse(arrival, 480, "Not Signed In", round);
        }
        if self.share_link(&uri.address_of_record()).is_some() {
            return self.refuse(arrival, 480, "Sharer Not Signed In", round);
        }
        let name = uri.user().unwrap_or_default().to_owned();
        self.find_account(&name, arrival.clone(), Purpose::TellAbsence, round);
    }

    /// Reads the Route header of a request and takes this server's own values
    /// off it.
    pub(super) fn next_hop(&self, request: &Message) -> Option<(FlowToken, Message)> {
        match self.way(request) {
            (Way::Dialog(token), request) => Some((token, request)),
            (Way::Here | Way::Elsewhere | Way::Forged, _) => None,
        }
    }

    fn way(&self, request: &Message) -> (Way, Message) {
        let mut request = request.clone();
        while let Some(route) = request.addresses("Route").into_iter().next() {
            if !self.is_ours(route.host()) {
                return (Way::Elsewhere, request);
            }
            let bytes = request.edit().remove_first_value("Route").finish();
            let Ok(rest) = Message::read(&bytes) else {
                return (Way::Forged, request);
            };
            request = rest;
            let Some(user) = route.user() else {
                continue;
            };
            return match FlowToken::verify(user, &self.settings.node_key) {
                Ok(token) => (Way::Dialog(token), request),
                Err(_) => (Way::Forged, request),
            };
        }
        (Way::Here, request)
    }

    fn addressed(&mut self, arrival: Arrival, identity: &Identity, round: &mut Round<'_>) {
        let Some(uri) = request_uri(&arrival.request).filter(Uri::is_sip) else {
            return self.reply(&arrival, 416, "Only SIP Addresses", round);
        };
        if !self.is_ours(uri.host()) {
            return self.reply(&arrival, 404, "Not This Domain", round);
        }
        let Some(user) = uri.user() else {
            return self.options(&arrival, round);
        };
        if user == "diagnosis" {
            return self.deliver(&arrival, identity, round);
        }
        if arrival.request.method() == Some(&Method::Subscribe) {
            return self.subscribe(arrival, identity, &uri, round);
        }
        if arrival.request.to().is_some_and(|to| to.tag().is_some()) {
            return self.reply(&arrival, 481, "Dialog Without Its Route", round);
        }
        if let Some(link) = self.share_link(&uri.address_of_record()) {
            return self.find_share(&link, arrival, Purpose::ReachShare, round);
        }
        match identity.kind {
            IdentityKind::Guest => self.reply(&arrival, 403, "Guests Reach Shares Only", round),
            IdentityKind::Person => self.reach(&arrival, round),
        }
    }

    fn in_dialog(
        &mut self,
        arrival: &Arrival,
        identity: &Identity,
        token: &FlowToken,
        round: &mut Round<'_>,
    ) {
        let Some(far) = self.far_end(token, arrival.peer.flow, identity) else {
            round.count("sip.flow-token-refused");
            return self.reply(arrival, 403, "Not A Party Of This Dialog", round);
        };
        let work = |server: &mut Self, round: &mut Round<'_>| {
            server.forward_in_dialog(arrival, identity, far, round);
        };
        let ended = (arrival.request.method() == Some(&Method::Bye))
            .then(|| self.sessions.ended_by(&arrival.request, &identity.uri))
            .flatten();
        let Some(session) = ended else {
            return work(self, round);
        };
        let then = self.apart(round, work);
        let event = SessionEvent::Ended {
            session,
            by: Some(identity.clone()),
            reason: arrival
                .request
                .header("Reason")
                .unwrap_or_default()
                .to_owned(),
        };
        self.record(event, then.clone(), then, round);
    }

    fn forward_in_dialog(
        &mut self,
        arrival: &Arrival,
        identity: &Identity,
        far: Peer,
        round: &mut Round<'_>,
    ) {
        self.tell_description(&arrival.request, &identity.uri, round);
        let Some(flow) = self.flow_to(far) else {
            return self.reply(arrival, 430, "Flow Failed", round);
        };
        let target = Target {
            endpoint: None,
            peer: Peer { flow, ..far },
            uri: self.contact_behind(&arrival.request),
            path: Vec::new(),
        };
        self.start_fork(arrival, identity, vec![target], round);
    }

    /// Tells what a body of `party` says about its media, when its dialog
    /// carries a session.
    pub(super) fn tell_description(
        &mut self,
        message: &Message,
        party: &str,
        round: &mut Round<'_>,
    ) {
        let call_id = message.call_id().unwrap_or_default();
        let Some(observed) = self.sessions.of(call_id, party) else {
            return;
        };
        let (session, by) = (observed.session.clone(), observed.role_of(party));
        let content_type = message.header("Content-Type").unwrap_or_default();
        if let Some(description) = Description::of(content_type, message.body()) {
            round.actions.push(Action::Described {
                session,
                by,
                description,
            });
        }
    }

    /// Every endpoint of an address but the caller's own, or the one that a GRUU names.
    fn targets(&self, uri: &Uri, caller: Peer) -> Result<Vec<Target>, ForgedGruu> {
        if let Some(gruu) = Gruu::of(uri, &self.settings.node_key) {
            let named = self.named(uri, &gruu?);
            return Ok(named.map(Target::from).into_iter().collect());
        }
        let address = uri.address_of_record();
        let endpoints = self.registrar.endpoints_of(&address);
        let others = endpoints.filter(|binding| binding.endpoint() != caller.endpoint);
        Ok(others.map(Target::from).collect())
    }

    /// The endpoint that a GRUU names, if it is signed in (RFC 5627, section 6.2).
    fn named(&self, uri: &Uri, gruu: &Gruu) -> Option<&Binding> {
        match gruu {
            Gruu::Public(instance) => {
                let endpoint = EndpointKey::of(&uri.address_of_record(), instance);
                self.registrar.endpoint(endpoint)
            }
            Gruu::Temporary(name) => {
                let binding = self.registrar.endpoint(name.endpoint())?;
                let today = TemporaryGruu::new(binding.endpoint(), &binding.call_id);
                (today == *name).then_some(binding)
            }
        }
    }

    /// The contact of the endpoint whose GRUU stands in the Request-URI.
    pub(super) fn contact_behind(&self, request: &Message) -> Option<String> {
        let uri = request_uri(request).filter(|uri| self.is_ours(uri.host()))?;
        let gruu = Gruu::of(&uri, &self.settings.node_key)?.ok()?;
        let binding = self.named(&uri, &gruu)?;
        Some(binding.contact.clone())
    }

    /// RFC 3261, section 16.3, step 4: one of our own Vias carries the hash of
    /// this very request.
    pub(super) fn has_looped(&self, request: &Message) -> bool {
        let hash = loop_hash(request);
        request
            .values("Via")
            .iter()
            .filter_map(|value| crate::message::Via::parse(value).ok())
            .filter(|via| self.is_ours(via.host()))
            .any(|via| via.branch().is_some_and(|branch| branch.ends_with(&hash)))
    }
}

pub(super) fn request_uri(request: &Message) -> Option<Uri> {
    Uri::parse(request.request_uri()?).ok()
}

/// What a loop leaves unchanged (RFC 3261, section 16.6, step 8).
pub(super) fn loop_hash(request: &Message) -> String {
    let parts = [
        request.request_uri(),
        request.header("From"),
        request.header("To"),
        request.call_id(),
        request.header("CSeq"),
        request.header("Route"),
    ];
    let digest = parts
        .iter()
        .fold(Sha256::new(), |hash, part| {
            hash.chain_update(part.unwrap_or_default().as_bytes())
                .chain_update([0])
        })
        .finalize();
    let digits = hexadecimal(&digest);
    digits.get(..16).unwrap_or(&digits).to_owned()
}
