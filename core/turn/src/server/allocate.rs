//! Answers Allocate (RFC 8656, section 7): checks, quotas, a port drawn by
//! chance, the answer once that port is open.

use super::allocation::{Allocation, Opening};
use super::answer::{Failure, Request};
use super::authentication::Credentials;
use super::binding::seen;
use super::{Server, Step};
use crate::message::{AttributeKind, Class, Method, Writer};
use crate::values::{Action, Counter, Delivery, FiveTuple};
use hopsight_evidence::Observation;
use std::net::SocketAddr;
use std::time::Duration;

impl Server {
    /// `None` when the answer must wait for the port.
    pub(super) fn allocate(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        step: &mut Step<'_>,
    ) -> Result<Option<Writer>, Failure> {
        if self.state.openings.contains_key(&request.from) {
            return Ok(None);
        }
        if let Some(held) = self.state.live_allocation(&request.from, step.now) {
            let is_repeated = held.transaction == request.transaction();
            return if is_repeated && held.username == credentials.username {
                let relayed = self.relayed(held.port);
                Ok(Some(allocated(
                    request.success(),
                    relayed,
                    &request.from,
                    held.lifetime,
                )))
            } else {
                Err(Failure::AllocationMismatch)
            };
        }
        check_transport(request)?;
        self.check_quota(credentials)?;
        // What stands here has expired and only waits for the next tick.
        self.close(request.from, step);
        let port = self.draw_port(step).ok_or(Failure::InsufficientCapacity)?;
        let opening = Opening {
            username: credentials.username.clone(),
            session: credentials.session.clone(),
            side: credentials.side,
            key: credentials.key.clone(),
            lifetime: granted(lifetime(request)?),
            transaction: request.transaction(),
            is_fingerprinted: request.message.is_fingerprinted(),
            failed: 0,
        };
        self.open(request.from, opening, port, step);
        Ok(None)
    }

    pub(super) fn port_opened(&mut self, port: u16, step: &mut Step<'_>) {
        let Some((client, opening)) = self.take_opening(port) else {
            // Revoked or gone meanwhile, unless the port is in use.
            if !self.state.ports.contains_key(&port) {
                step.actions.push(Action::ClosePort { port });
            }
            return;
        };
        self.state.ports.insert(port, client);
        let allocation = Allocation::new(&opening, port, step.now);
        self.state.allocations.insert(client, allocation);
        if let Some(session) = self.state.sessions.get_mut(&opening.session) {
            session.learn(opening.side, client.client.ip());
        }
        let relayed = self.relayed(port);
        let writer = Writer::new(Class::Success, Method::Allocate, opening.transaction);
        let answer = allocated(writer, relayed, &client, opening.lifetime);
        step.late_answer(client, answer, &opening);
        step.count(Counter::AllocationOpened);
        step.actions.push(Action::Report {
            session: opening.session,
            observation: Observation::RelayServes {
                side: opening.side,
                transport: client.transport,
                client: seen(client.client),
                relayed,
            },
        });
    }

    /// Tries another port, and gives up after some.
    pub(super) fn port_failed(&mut self, port: u16, step: &mut Step<'_>) {
        let Some((client, mut opening)) = self.take_opening(port) else {
            return;
        };
        opening.failed = opening.failed.saturating_add(1);
        let another = self.draw_port(step);
        if let Some(port) = another.filter(|_| opening.failed < PORT_TRIES) {
            return self.open(client, opening, port, step);
        }
        let failure = Failure::InsufficientCapacity;
        let answer = Writer::new(Class::Error, Method::Allocate, opening.transaction)
            .error(failure.code(), &failure.to_string());
        step.count(Counter::Refused);
        step.late_answer(client, answer, &opening);
    }

    fn open(&mut self, client: FiveTuple, opening: Opening, port: u16, step: &mut Step<'_>) {
        self.state.openings.insert(client, opening);
        self.state.ports.insert(port, client);
        step.actions.push(Action::OpenPort { port });
    }

    fn take_opening(&mut self, port: u16) -> Option<(FiveTuple, Opening)> {
        let client = *self.state.ports.get(&port)?;
        if self
            .state
            .allocations
            .get(&client)
            .is_some_and(|held| held.port == port)
        {
            return None;
        }
        self.state.ports.remove(&port);
        let opening = self.state.openings.remove(&client)?;
        Some((client, opening))
    }

    fn check_quota(&self, credentials: &Credentials) -> Result<(), Failure> {
        if self.state.held_by(&credentials.username) >= self.settings.allocations_per_grant {
            return Err(Failure::QuotaReached);
        }
        let held = self.state.allocations.len() + self.state.openings.len();
        if held >= self.settings.allocations {
            return Err(Failure::InsufficientCapacity);
        }
        Ok(())
    }

    /// A free port: the first one at or after a place drawn by chance, so that
    /// none is overlooked when few are left.
    fn draw_port(&self, step: &mut Step<'_>) -> Option<u16> {
        let ports = &self.settings.policy.relayed_ports;
        let count = u64::try_from(ports.len()).ok()?;
        let first = usize::try_from(step.random.below(count)).ok()?;
        ports
            .clone()
            .cycle()
            .skip(first)
            .take(ports.len())
            .find(|port| !self.state.ports.contains_key(port))
    }
}

impl Step<'_> {
    fn late_answer(&mut self, to: FiveTuple, answer: Writer, opening: &Opening) {
        let answer = answer.sign(&opening.key);
        let answer = if opening.is_fingerprinted {
            answer.fingerprint()
        } else {
            answer
        };
        self.actions.push(Action::ToClient {
            to,
            bytes: answer.finish(),
            delivery: Delivery::Answer,
        });
    }
}

/// The lifetime a request asks for.
pub(super) fn lifetime(request: &Request<'_>) -> Result<Option<Duration>, Failure> {
    let Some(value) = request.message.attribute(AttributeKind::Lifetime) else {
        return Ok(None);
    };
    let bytes: [u8; 4] = value.try_into().map_err(|_| Failure::BadRequest)?;
    let asked = Duration::from_secs(u64::from(u32::from_be_bytes(bytes)));
    Ok(Some(asked))
}

/// What is granted of a lifetime asked for: between ten minutes and an hour
/// (RFC 8656, section 7.2).
pub(super) fn granted(asked: Option<Duration>) -> Duration {
    asked
        .unwrap_or(DEFAULT_LIFETIME)
        .clamp(DEFAULT_LIFETIME, LONGEST_LIFETIME)
}

/// The value of a LIFETIME attribute.
pub(super) fn lifetime_value(lifetime: Duration) -> [u8; 4] {
    u32::try_from(lifetime.as_secs())
        .unwrap_or(u32::MAX)
        .to_be_bytes()
}

fn check_transport(request: &Request<'_>) -> Result<(), Failure> {
    let message = request.message;
    match message.attribute(AttributeKind::RequestedTransport) {
        Some([UDP, ..]) => {}
        Some([_, ..]) => return Err(Failure::UnsupportedTransport),
        Some([]) | None => return Err(Failure::BadRequest),
    }
    match message.attribute(AttributeKind::RequestedAddressFamily) {
        None | Some([IPV4, ..]) => Ok(()),
        Some([_, ..]) => Err(Failure::AddressFamily),
        Some([]) => Err(Failure::BadRequest),
    }
}

fn allocated(
    writer: Writer,
    relayed: SocketAddr,
    client: &FiveTuple,
    lifetime: Duration,
) -> Writer {
    writer
        .address(AttributeKind::XorRelayedAddress, relayed)
        .address(AttributeKind::XorMappedAddress, seen(client.client))
        .attribute(AttributeKind::Lifetime, &lifetime_value(lifetime))
}

const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);
const LONGEST_LIFETIME: Duration = Duration::from_secs(3600);
const PORT_TRIES: u8 = 8;
/// The protocol number of UDP.
const UDP: u8 = 17;
/// The family number of IPv4.
const IPV4: u8 = 1;
