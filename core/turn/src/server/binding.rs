//! Answers Binding: the address the client is seen under (RFC 8489, section 12).

use super::answer::Request;
use super::{Server, Step};
use crate::message::AttributeKind;
use crate::values::Counter;
use std::net::SocketAddr;

impl Server {
    pub(super) fn binding(&mut self, request: &Request<'_>, step: &mut Step<'_>) {
        if !self.may_answer_unauthenticated(request, step) {
            return step.count(Counter::OverBudget);
        }
        self.heard(request.from, step);
        let unknown = request.message.unknown_attributes();
        let answer = if unknown.is_empty() {
            let mapped = seen(request.from.client);
            request
                .success()
                .address(AttributeKind::XorMappedAddress, mapped)
        } else {
            step.count(Counter::Refused);
            request.unknown_attributes(&unknown)
        };
        step.answer(request, answer);
    }
}

/// A listener for both families sees IPv4 clients as IPv4-mapped ones.
pub(super) fn seen(client: SocketAddr) -> SocketAddr {
    SocketAddr::new(client.ip().to_canonical(), client.port())
}
