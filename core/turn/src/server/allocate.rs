//! Answers Allocate (RFC 8656, section 7): quotas, ports drawn by chance or held
//! in reserve, the answer once they are open. What a request asks for is read in
//! `allocate_request`.

use super::allocate_request::{PortWish, Wish, lifetime_value};
use super::allocation::{Allocation, Holder, Opening, Promise};
use super::answer::{Failure, Request};
use super::authentication::Credentials;
use super::binding::seen;
use super::{Server, Step};
use crate::families::{Family, RelayedPorts};
use crate::message::{AttributeKind, Class, Method, Writer};
use crate::values::{Action, Counter, Delivery, FiveTuple};
use hopsight_evidence::Observation;

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
            return if is_repeated && held.holder.username == credentials.holder.username {
                let answer = self.allocated(request.success(), held, &request.from);
                Ok(Some(answer))
            } else {
                Err(Failure::AllocationMismatch)
            };
        }
        let wish = Wish::read(request, self.settings.advertised_ipv6.is_some())?;
        // What stands here has expired and only waits for the next tick.
        self.close(request.from, step);
        match wish.port {
            PortWish::Any | PortWish::Even | PortWish::EvenWithNext => {
                self.allocate_new(request, credentials, wish, step)
            }
            PortWish::Reserved(token) => {
                self.allocate_reserved(request, credentials, wish, token, step)
            }
        }
        .map(|()| None)
    }

    fn allocate_new(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        wish: Wish,
        step: &mut Step<'_>,
    ) -> Result<(), Failure> {
        let with_next = wish.port == PortWish::EvenWithNext;
        let places = if with_next { 2 } else { 1 };
        self.check_quota(&credentials.holder, places)?;
        let shape = RelayedPorts {
            first: 0,
            with_next,
            families: wish.families,
        };
        let mut opening = opening(request, credentials, wish, shape);
        opening.promise.token = with_next.then(|| step.token());
        match self.open(request.from, opening, step) {
            None => Ok(()),
            Some(_) => Err(Failure::InsufficientCapacity),
        }
    }

    /// The port is open already and has its place in the quotas.
    fn allocate_reserved(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        wish: Wish,
        token: [u8; 8],
        step: &mut Step<'_>,
    ) -> Result<(), Failure> {
        let reserved = self
            .take_reservation(token, &credentials.holder, step)
            .ok_or(Failure::InsufficientCapacity)?;
        let families = reserved.families;
        let ports = RelayedPorts {
            first: reserved.port,
            with_next: false,
            families,
        };
        let wish = Wish { families, ..wish };
        let opening = opening(request, credentials, wish, ports);
        self.begin(request.from, &opening, step);
        Ok(())
    }

    pub(super) fn ports_opened(&mut self, ports: RelayedPorts, step: &mut Step<'_>) {
        let Some((client, opening)) = self.take_opening(ports) else {
            // Revoked or gone meanwhile.
            for (port, family) in ports.all() {
                step.actions.push(Action::ClosePort { port, family });
            }
            return;
        };
        if let (Some(port), Some(token)) = (ports.next(), opening.promise.token) {
            self.reserve(port, token, &opening, step);
        }
        self.begin(client, &opening, step);
    }

    /// Tries other ports, and gives up after some.
    pub(super) fn ports_failed(&mut self, ports: RelayedPorts, step: &mut Step<'_>) {
        let Some((client, mut opening)) = self.take_opening(ports) else {
            return;
        };
        opening.failed = opening.failed.saturating_add(1);
        let rejected = match opening.failed < PORT_TRIES {
            true => self.open(client, opening, step),
            false => Some(opening),
        };
        let Some(opening) = rejected else {
            return;
        };
        let failure = Failure::InsufficientCapacity;
        let answer = Writer::new(Class::Error, Method::Allocate, opening.transaction)
            .error(failure.code(), &failure.to_string());
        step.count(Counter::Refused);
        step.late_answer(client, answer, &opening);
    }

    /// Draws ports and asks for them; gives the opening back when none are free.
    fn open(
        &mut self,
        client: FiveTuple,
        mut opening: Opening,
        step: &mut Step<'_>,
    ) -> Option<Opening> {
        let Some(first) = self.draw_port(&opening, step) else {
            return Some(opening);
        };
        opening.ports.first = first;
        let ports = opening.ports;
        self.state.openings.insert(client, opening);
        for port in std::iter::once(first).chain(ports.next()) {
            self.state.ports.insert(port, client);
        }
        step.actions.push(Action::OpenPorts(ports));
        None
    }

    /// The opening that waits for these ports; they are nobody's after that.
    fn take_opening(&mut self, ports: RelayedPorts) -> Option<(FiveTuple, Opening)> {
        let client = *self.state.ports.get(&ports.first)?;
        let waits = |opening: &Opening| opening.ports == ports;
        let opening = match self.state.openings.get(&client).is_some_and(waits) {
            true => self.state.openings.remove(&client),
            false => None,
        };
        for port in std::iter::once(ports.first).chain(ports.next()) {
            self.state.ports.remove(&port);
        }
        opening.map(|opening| (client, opening))
    }

    /// The allocation is there: remember, answer and tell of it.
    fn begin(&mut self, client: FiveTuple, opening: &Opening, step: &mut Step<'_>) {
        let port = opening.ports.first;
        self.state.ports.insert(port, client);
        let allocation = Allocation::new(opening, step.now);
        let writer = Writer::new(Class::Success, Method::Allocate, opening.transaction);
        let answer = self.allocated(writer, &allocation, &client);
        self.state.allocations.insert(client, allocation);
        let Holder { session, side, .. } = &opening.holder;
        if let Some(known) = self.state.sessions.get_mut(session) {
            known.learn(*side, client.client.ip());
        }
        step.late_answer(client, answer, opening);
        step.count(Counter::AllocationOpened);
        let family = opening.promise.families.all().first();
        let serves = Observation::RelayServes {
            side: *side,
            transport: client.transport,
            client: seen(client.client),
            relayed: self.relayed(port, *family.unwrap_or(&Family::Ipv4)),
        };
        self.report(session, serves, step);
    }

    fn check_quota(&self, holder: &Holder, places: usize) -> Result<(), Failure> {
        let settings = &self.settings;
        let exceeds = |held: usize, limit| held.saturating_add(places) > limit;
        let held = |is_counted: &dyn Fn(&Holder) -> bool| self.state.held(is_counted);
        let by_grant = held(&|other| other.username == holder.username);
        let by_person = held(&|other| other.owner == holder.owner);
        // A tool has one grant and is its own person.
        let is_of_tool = self.state.is_of_tool(&holder.session);
        if (!is_of_tool && exceeds(by_grant, settings.allocations_per_grant))
            || exceeds(by_person, settings.allocations_per_person)
        {
            return Err(Failure::QuotaReached);
        }
        if exceeds(held(&|_| true), settings.allocations) {
            return Err(Failure::InsufficientCapacity);
        }
        Ok(())
    }

    /// A free port, or a free pair: the first one at or after a place drawn by
    /// chance, so that none is overlooked when few are left.
    fn draw_port(&self, opening: &Opening, step: &mut Step<'_>) -> Option<u16> {
        let range = &self.settings.policy.relayed_ports;
        let count = u64::try_from(range.len()).ok()?;
        let first = usize::try_from(step.random.below(count)).ok()?;
        let is_free = |port: &u16| range.contains(port) && !self.state.is_taken(*port);
        range
            .clone()
            .cycle()
            .skip(first)
            .take(range.len())
            .filter(|port| !opening.is_even || port.is_multiple_of(2))
            .find(|port| {
                let ports = RelayedPorts {
                    first: *port,
                    ..opening.ports
                };
                let next_is_free = match ports.with_next {
                    true => ports.next().is_some_and(|next| is_free(&next)),
                    false => true,
                };
                is_free(port) && next_is_free
            })
    }

    /// The answer of RFC 8656, section 7.3.
    fn allocated(&self, writer: Writer, allocation: &Allocation, client: &FiveTuple) -> Writer {
        let Promise {
            families,
            lacks_ipv6,
            lifetime,
            token,
        } = allocation.promise;
        let relayed = |writer: Writer, family: &Family| {
            let address = self.relayed(allocation.port, *family);
            writer.address(AttributeKind::XorRelayedAddress, address)
        };
        let writer = families.all().iter().fold(writer, relayed);
        let writer = match lacks_ipv6 {
            true => writer.attribute(AttributeKind::AddressErrorCode, &NO_IPV6),
            false => writer,
        };
        let writer = match token {
            Some(token) => writer.attribute(AttributeKind::ReservationToken, &token),
            None => writer,
        };
        writer
            .address(AttributeKind::XorMappedAddress, seen(client.client))
            .attribute(AttributeKind::Lifetime, &lifetime_value(lifetime))
    }
}

impl Step<'_> {
    fn token(&mut self) -> [u8; 8] {
        let mut token = [0; 8];
        self.random.fill(&mut token);
        token
    }

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

fn opening(
    request: &Request<'_>,
    credentials: &Credentials,
    wish: Wish,
    ports: RelayedPorts,
) -> Opening {
    Opening {
        holder: credentials.holder.clone(),
        key: credentials.key.clone(),
        promise: Promise {
            families: wish.families,
            lacks_ipv6: wish.lacks_ipv6,
            lifetime: wish.lifetime,
            token: None,
        },
        transaction: request.transaction(),
        is_fingerprinted: request.message.is_fingerprinted(),
        ports,
        is_even: matches!(wish.port, PortWish::Even | PortWish::EvenWithNext),
        failed: 0,
    }
}

const PORT_TRIES: u8 = 8;
/// ADDRESS-ERROR-CODE (RFC 8656, section 18.12): family IPv6, 440.
const NO_IPV6: [u8; 4] = [2, 0, 4, 40];
