//! Decides where the ACK of a 2xx goes: to the far end of its dialog, without
//! a transaction (RFC 3261, section 16.11).

use super::reply::is_relayed;
use super::{Action, FlowId, Identity, Round, Server};
use crate::flow_token::hexadecimal;
use crate::message::{Message, Via};
use sha2::{Digest, Sha256};

impl Server {
    pub(super) fn acknowledge(&mut self, flow: FlowId, ack: &Message, round: &mut Round<'_>) {
        let hops = ack.max_forwards().unwrap_or(70);
        let identity = self.acknowledges(flow, ack);
        let way = self.next_hop(ack);
        let (Some(identity), Some((token, ack)), 1..) = (identity, way, hops) else {
            return round.count("sip.ack-astray");
        };
        let far = self
            .far_end(&token, flow, &identity)
            .and_then(|far| self.flow_to(far));
        let Some(far) = far else {
            return round.count("sip.ack-astray");
        };
        let Some(via) = self.stateless_via(far, &ack) else {
            return;
        };
        self.tell_description(&ack, &identity.uri, round);
        let mut edit = ack.edit();
        if let Some(contact) = self.contact_behind(&ack) {
            edit.set_request_uri(&contact);
        }
        let bytes = edit
            .set_header("Max-Forwards", &hops.saturating_sub(1).to_string())
            .remove_header("Proxy-Authorization")
            .remove_header("P-Preferred-Identity")
            .remove_header("P-Asserted-Identity")
            .append_header("P-Asserted-Identity", &identity.asserted())
            .prepend_value("Via", &via.to_string())
            .finish();
        self.flush(round);
        round.actions.push(Action::Send { flow: far, bytes });
    }

    /// Nobody is asked who they are in answer to an ACK: whoever comes by a proxy is
    /// known by what they registered there.
    fn acknowledges(&self, flow: FlowId, ack: &Message) -> Option<Identity> {
        if !is_relayed(ack) {
            return self.identity(flow).cloned();
        }
        let from = ack.from()?.uri().address_of_record();
        let mut registered = self.registrar.on(flow);
        let bound = registered.find(|binding| binding.uri == from);
        bound.map(|binding| binding.by.clone())
    }

    /// The same ACK gets the same branch each time it is repeated.
    fn stateless_via(&self, far: FlowId, ack: &Message) -> Option<Via> {
        let top = ack
            .values("Via")
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned();
        let digits = hexadecimal(&Sha256::digest(top.as_bytes()));
        let branch = format!("z9hG4bK{}", digits.get(..32)?);
        self.via(far, &branch)
    }
}
