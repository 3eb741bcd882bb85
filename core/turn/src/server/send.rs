//! Carries out Send indications (RFC 8656, section 11.2). Nobody is told when
//! one is dropped; it is counted.

use super::answer::Request;
use super::create_permission::one_peer;
use super::forward::Datagram;
use super::{Server, Step};
use crate::message::AttributeKind;
use crate::values::Counter;

impl Server {
    pub(super) fn send(&mut self, request: &Request<'_>, step: &mut Step<'_>) {
        let data = request.message.attribute(AttributeKind::Data);
        let (Some(peer), Some(data)) = (one_peer(request), data) else {
            return step.count(Counter::Malformed);
        };
        if !request.message.unknown_attributes().is_empty() {
            return step.count(Counter::Malformed);
        }
        let dont_fragment = match request.message.attribute(AttributeKind::DontFragment) {
            None => false,
            Some([]) => true,
            Some(_) => return step.count(Counter::Malformed),
        };
        let datagram = Datagram {
            data,
            dont_fragment,
        };
        self.forward(request.from, peer, datagram, step);
    }
}
