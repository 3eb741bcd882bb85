//! Answers Refresh (RFC 8656, section 8): a longer life, or an end.

use super::allocate::{granted, lifetime, lifetime_value};
use super::answer::{Failure, Request};
use super::authentication::Credentials;
use super::{Server, Step};
use crate::message::{AttributeKind, Writer};
use std::time::Duration;

impl Server {
    pub(super) fn refresh(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        step: &mut Step<'_>,
    ) -> Result<Writer, Failure> {
        let family = request
            .message
            .attribute(AttributeKind::RequestedAddressFamily);
        if family.is_some_and(|family| family.first() != Some(&1)) {
            return Err(Failure::PeerAddressFamily);
        }
        let allocation = self.own_allocation(request, credentials, step)?;
        let lifetime = match lifetime(request)? {
            Some(Duration::ZERO) => Duration::ZERO,
            asked => granted(asked),
        };
        allocation.lifetime = lifetime;
        allocation.expires = step.now + lifetime;
        if lifetime.is_zero() {
            self.close(request.from, step);
        }
        Ok(request
            .success()
            .attribute(AttributeKind::Lifetime, &lifetime_value(lifetime)))
    }
}
