//! Answers Refresh (RFC 8656, section 8): a longer life, or an end, of
//! all addresses or the one of a family (section 8.2).

use super::allocate_request::{family, granted, lifetime, lifetime_value};
use super::answer::{Failure, Request};
use super::authentication::Credentials;
use super::{Server, Step};
use crate::families::Family;
use crate::message::{AttributeKind, Writer};
use std::time::Duration;

impl Server {
    pub(super) fn refresh(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        step: &mut Step<'_>,
    ) -> Result<Writer, Failure> {
        let allocation = self.own_allocation(request, credentials, step)?;
        let family = match family(request, AttributeKind::RequestedAddressFamily)? {
            None => None,
            Some(number) => {
                let served = Family::from_number(number)
                    .filter(|family| allocation.serves(*family, step.now));
                Some(served.ok_or(Failure::PeerAddressFamily)?)
            }
        };
        let lifetime = match lifetime(request)? {
            Some(Duration::ZERO) => Duration::ZERO,
            asked => granted(asked),
        };
        allocation.renew(family, lifetime, step.now);
        self.end_addresses(request.from, step);
        Ok(request
            .success()
            .attribute(AttributeKind::Lifetime, &lifetime_value(lifetime)))
    }
}
