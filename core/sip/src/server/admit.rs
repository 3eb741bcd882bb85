//! Decides which arriving messages are acted upon: the strict gate, known
//! flows, repeats, and who may speak under which address.

use super::reply::{Arrival, answer};
use super::transactions::Told;
use super::{Action, FlowId, Identity, Peer, Round, Server};
use crate::message::{Message, Method};
use crate::transaction::{ClientKey, Reliability};

impl Server {
    pub(super) fn received(&mut self, flow: FlowId, bytes: &[u8], round: &mut Round<'_>) {
        if !self.flows.contains_key(&flow) {
            return round.count("sip.flow-unknown");
        }
        let Ok(message) = Message::read(bytes) else {
            return round.count("sip.message-unreadable");
        };
        if let Err(refusal) = message.strict() {
            round.count("sip.message-refused");
            if refusal.is_answerable {
                let response = answer(&message, refusal.status, &refusal.reason, round);
                let bytes = response.finish().into_bytes();
                round.actions.push(Action::Send { flow, bytes });
            }
            return;
        }
        if message.is_request() {
            self.request(flow, &message, round);
        } else {
            self.response(flow, &message, round);
        }
    }

    /// Goes on with a request whose flow may or may not be known by now.
    pub(super) fn admit(&mut self, arrival: Arrival, round: &mut Round<'_>) {
        if self.has_looped(&arrival.request) {
            return self.reply(&arrival, 482, "Loop Detected", round);
        }
        let Some(identity) = self.sender(&arrival) else {
            return self.authenticate(arrival, round);
        };
        let arrival = Arrival {
            by: Some(identity.clone()),
            ..arrival
        };
        if arrival.request.method() == Some(&Method::Register) {
            return self.register(arrival, &identity, round);
        }
        let from = arrival.request.from();
        let from = from.map(|from| from.uri().address_of_record());
        if !from.is_some_and(|from| self.may_speak_as(arrival.peer.flow, &identity, &from)) {
            round.count("sip.from-refused");
            return self.reply(&arrival, 403, "From Is Not Who Signed In", round);
        }
        self.route(arrival, &identity, round);
    }

    /// Whether messages on this flow can get lost.
    pub(super) fn reliability(&self, flow: FlowId) -> Reliability {
        let transport = self.flows.get(&flow).map(|flow| flow.transport);
        if transport.is_none_or(super::FlowTransport::is_reliable) {
            Reliability::Reliable
        } else {
            Reliability::Unreliable
        }
    }

    fn request(&mut self, flow: FlowId, message: &Message, round: &mut Round<'_>) {
        let Some(from) = message.from() else {
            return round.count("sip.message-unreadable");
        };
        let peer = Peer::from(&self.endpoint_on(flow, &from.uri().address_of_record()));
        let message = self.with_source(flow, message);
        let reliability = self.reliability(flow);
        for told in self
            .transactions
            .receive(peer, reliability, message, round.now)
        {
            match told {
                Told::Request(key, request) => {
                    let arrival = Arrival {
                        peer,
                        request,
                        key,
                        by: None,
                    };
                    if arrival.request.method() == Some(&Method::Cancel) {
                        self.cancel(&arrival, round);
                    } else {
                        self.admit(arrival, round);
                    }
                }
                Told::Ack(ack) => self.acknowledge(flow, &ack, round),
                Told::Response(..) | Told::Silent(_) | Told::Unacknowledged => {}
            }
        }
    }

    fn response(&mut self, flow: FlowId, response: &Message, round: &mut Round<'_>) {
        let key = ClientKey::of(response);
        let Some(peer) = key.and_then(|key| self.asked_on(&key, flow)) else {
            return round.count("sip.response-astray");
        };
        let reliability = self.reliability(flow);
        let told = self
            .transactions
            .receive(peer, reliability, response.clone(), round.now);
        for told in told {
            if let Told::Response(key, response) = told {
                let status = response.status().unwrap_or(0);
                if !self.notify_answered(&key, status) {
                    self.branch_answered(&key, &response, round);
                }
            }
        }
    }

    /// Nobody else answers in an endpoint's place, even if they learn the
    /// branch.
    fn asked_on(&self, key: &ClientKey, flow: FlowId) -> Option<Peer> {
        let peer = self.transactions.asked(key)?;
        (peer.flow == flow || self.is_at(peer.endpoint, flow)).then_some(peer)
    }

    /// Whoever signed in on the flow, unless a proxy brought the request: behind one
    /// there are several people, and each request proves whose it is.
    fn sender(&self, arrival: &Arrival) -> Option<Identity> {
        let of_flow = || self.identity(arrival.peer.flow).cloned();
        let known = arrival.by.clone();
        known.or_else(|| (!arrival.is_relayed()).then(of_flow).flatten())
    }

    /// Somebody speaks as themselves, and as every address that they registered on
    /// that flow.
    fn may_speak_as(&self, flow: FlowId, who: &Identity, uri: &str) -> bool {
        let mut registered = self.registrar.on(flow);
        who.uri == uri || registered.any(|binding| binding.uri == uri && binding.by.uri == who.uri)
    }

    /// RFC 3261, section 18.2.1, and RFC 3581, section 4: the top Via learns
    /// where the request came from.
    fn with_source(&self, flow: FlowId, message: &Message) -> Message {
        let (Some(flow), Some(mut via)) = (self.flows.get(&flow), message.via_top()) else {
            return message.clone();
        };
        let address = flow.remote.ip().to_string();
        let wants_port = via.parameter("rport").is_some();
        if via.host() == address && !wants_port {
            return message.clone();
        }
        via = via.with_parameter("received", &address);
        if wants_port {
            via = via.with_parameter("rport", &flow.remote.port().to_string());
        }
        let bytes = message
            .edit()
            .replace_first_value("Via", &via.to_string())
            .finish();
        Message::read(&bytes).unwrap_or_else(|_| message.clone())
    }
}
