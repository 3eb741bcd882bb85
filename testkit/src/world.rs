//! Decides the order in which things happen to the server and to people.

mod front_end;

use crate::network::{Link, Network};
use crate::person::{Manner, Person, PersonId};
use hopsight_kit::{Moment, Redacted, SeededRandom, SessionId, Timestamp};
use hopsight_sip::flow_token::NodeKey;
use hopsight_sip::server::{
    Action, FlowId, Input, Role, Server, SessionEvent, SessionPurpose, Settings,
};
use hopsight_sip::user_agent::{self, CallHandle, Event, Invitation, Output, UserAgent};
use std::collections::BTreeMap;
use std::time::Duration;

/// One server, one network, some people, one clock.
#[derive(Debug)]
pub struct World {
    now: Moment,
    random: SeededRandom,
    link: Link,
    server: Server,
    last_flow: u64,
    /// Which flow leads to whom.
    flows: BTreeMap<FlowId, PersonId>,
    people: Vec<Person>,
    network: Network<Parcel>,
    records: Vec<SessionEvent>,
    store_works: bool,
    digest: u64,
}

/// What is on its way.
#[derive(Clone, Debug)]
enum Parcel {
    ToPerson { flow: FlowId, bytes: Vec<u8> },
    ToServer { flow: FlowId, bytes: Vec<u8> },
}

impl World {
    /// A world without people.
    #[must_use]
    pub fn new(seed: u64, link: Link) -> Self {
        Self {
            now: Moment::START,
            random: SeededRandom::new(seed),
            link,
            server: Self::fresh_server(),
            last_flow: 0,
            flows: BTreeMap::new(),
            people: Vec::new(),
            network: Network::new(link),
            records: Vec::new(),
            store_works: true,
            digest: FNV_OFFSET,
        }
    }

    /// Adds a person with an account and an endpoint, which signs in at once.
    pub fn person(&mut self, name: &str, manner: Manner) -> PersonId {
        let person = PersonId(self.people.len());
        let secret = Redacted::new(format!("secret of {name}"));
        let instance = format!("urn:uuid:00000000-0000-4000-8000-{:012}", person.0);
        let mut settings = user_agent::Settings::new(name, DOMAIN, &secret, &instance);
        settings.transport = self.link.transport;
        let agent = UserAgent::new(settings);
        self.people
            .push(Person::new(name.to_owned(), manner, agent));
        person
    }

    /// Lets a person invite somebody to see their desktop.
    pub fn invite(&mut self, person: PersonId, to: &str) -> CallHandle {
        let session = SessionId::draw(self.wall(), &mut self.random);
        let invitation = Invitation {
            to: to.to_owned(),
            session: Some(session),
            role: Role::Sharer,
            purpose: SessionPurpose::Share,
            sdp: format!(
                "v=0\r\na=candidate:1 1 udp 1 10.0.0.{} 5000 typ host\r\n",
                person.0 + 1
            ),
        };
        let now = self.now;
        let mut random = self.random.clone();
        let (call, outputs) = self.agent(person).invite(&invitation, now, &mut random);
        self.random = random;
        self.carry_out_outputs(person, outputs);
        call
    }

    /// Lets a person end a call in whatever stage it is.
    pub fn hang_up(&mut self, person: PersonId, call: CallHandle) {
        let now = self.now;
        let mut random = self.random.clone();
        let reason = "SIP;cause=200;text=\"Done\"";
        let outputs = self.agent(person).hang_up(call, reason, now, &mut random);
        self.random = random;
        self.carry_out_outputs(person, outputs);
    }

    /// Lets a person's endpoint trickle a candidate.
    pub fn trickle(&mut self, person: PersonId, call: CallHandle, candidate: &str) {
        let now = self.now;
        let mut random = self.random.clone();
        let body = format!("a=candidate:9 1 udp 1 {candidate} 5000 typ host\r\n");
        let agent = self.agent(person);
        let outputs = agent.info(call, SDPFRAG, body.as_bytes(), now, &mut random);
        self.random = random;
        self.carry_out_outputs(person, outputs);
    }

    /// The server process dies and another one starts: flows are gone, their
    /// numbers begin anew, the node key stays. Everybody connects again after
    /// a while.
    pub fn restart_server(&mut self) {
        self.server = Self::fresh_server();
        self.last_flow = 0;
        self.network.cut();
        let flows = std::mem::take(&mut self.flows);
        for person in flows.into_values() {
            self.disconnect(person);
        }
    }

    /// A person's flow breaks; they connect again after a while.
    pub fn break_flow(&mut self, person: PersonId) {
        let flow = self
            .people
            .get_mut(person.0)
            .and_then(|person| person.flow.take());
        self.disconnect(person);
        if let Some(flow) = flow {
            self.flows.remove(&flow);
            self.feed(Input::FlowClosed { flow });
        }
    }

    /// From now on the store fails, or works again.
    pub const fn store_works(&mut self, works: bool) {
        self.store_works = works;
    }

    /// Lets time pass.
    pub fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(next) = self.next_wake().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    /// What a person's endpoint told so far.
    #[must_use]
    pub fn events(&self, person: PersonId) -> &[Event] {
        self.people
            .get(person.0)
            .map_or(&[], |person| person.events.as_slice())
    }

    /// Whether an invitation of a person was accepted.
    #[must_use]
    pub fn is_answered(&self, person: PersonId, call: CallHandle) -> bool {
        self.events(person).iter().any(
            |event| matches!(event, Event::Answered { call: answered, .. } if *answered == call),
        )
    }

    /// How many calls a person's endpoint has.
    #[must_use]
    pub fn calls(&self, person: PersonId) -> usize {
        self.people
            .get(person.0)
            .map_or(0, |person| person.agent.calls())
    }

    /// How many endpoints an address has.
    #[must_use]
    pub fn endpoints(&self, uri: &str) -> usize {
        self.server.bindings(uri).count()
    }

    /// What was recorded of sessions.
    #[must_use]
    pub fn records(&self) -> &[SessionEvent] {
        &self.records
    }

    /// A hash over everything that was sent and told.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    fn step(&mut self) {
        self.feed(Input::Tick);
        while let Some(parcel) = self.network.take(self.now) {
            self.deliver(parcel);
        }
        for person in (0..self.people.len()).map(PersonId) {
            self.act(person);
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        self.hash(&format!("{:?} {parcel:?}", self.now));
        match parcel {
            Parcel::ToServer { flow, bytes } => self.feed(Input::Received {
                flow,
                message: bytes,
            }),
            Parcel::ToPerson { flow, bytes } => {
                let Some(person) = self.flows.get(&flow).copied() else {
                    return;
                };
                let now = self.now;
                let mut random = self.random.clone();
                let outputs = self.agent(person).received(&bytes, now, &mut random);
                self.random = random;
                self.carry_out_outputs(person, outputs);
            }
        }
    }

    /// Everything a person and their endpoint do by themselves.
    fn act(&mut self, person: PersonId) {
        let now = self.now;
        let due = self
            .people
            .get_mut(person.0)
            .and_then(|person| person.reconnects.take_if(|at| *at <= now));
        if due.is_some() {
            self.connect(person);
        }
        let mut random = self.random.clone();
        let outputs = self.agent(person).tick(now, &mut random);
        self.random = random;
        self.carry_out_outputs(person, outputs);
        let plan = self
            .people
            .get_mut(person.0)
            .and_then(|person| person.plan(now));
        if let Some((call, manner)) = plan {
            self.answer(person, call, manner);
        }
    }

    fn answer(&mut self, person: PersonId, call: CallHandle, manner: Manner) {
        let now = self.now;
        let mut random = self.random.clone();
        let sdp = format!(
            "v=0\r\na=candidate:1 1 udp 1 10.0.0.{} 5000 typ host\r\n",
            person.0 + 1
        );
        let agent = self.agent(person);
        let outputs = match manner {
            Manner::Accepts => agent.accept(call, &sdp, now, &mut random),
            Manner::Declines => agent.hang_up(call, "SIP;cause=603", now, &mut random),
            Manner::LetsRing => Vec::new(),
        };
        self.random = random;
        self.carry_out_outputs(person, outputs);
    }

    fn connect(&mut self, person: PersonId) {
        self.last_flow += 1;
        let flow = FlowId(self.last_flow);
        self.flows.insert(flow, person);
        if let Some(person) = self.people.get_mut(person.0) {
            person.flow = Some(flow);
        }
        self.feed(Input::FlowOpened {
            flow,
            remote: ([10, 0, 0, 1], 40_000).into(),
            transport: self.link.transport,
            identity: None,
        });
        let now = self.now;
        let mut random = self.random.clone();
        let outputs = self.agent(person).flow_opened(now, &mut random);
        self.random = random;
        self.carry_out_outputs(person, outputs);
    }

    fn disconnect(&mut self, person: PersonId) {
        let again = self.now + Duration::from_secs(2);
        if let Some(person) = self.people.get_mut(person.0) {
            person.flow = None;
            person.agent.flow_closed();
            person.reconnects = Some(again);
        }
    }

    fn carry_out_outputs(&mut self, person: PersonId, outputs: Vec<Output>) {
        for output in outputs {
            self.hash(&format!("{:?} {person:?} {output:?}", self.now));
            let Some(known) = self.people.get_mut(person.0) else {
                return;
            };
            match (output, known.flow) {
                (Output::Send(bytes), Some(flow)) => {
                    let parcel = Parcel::ToServer { flow, bytes };
                    self.network.send(parcel, self.now, &mut self.random);
                }
                (Output::Send(_), None) => {}
                (Output::Event(event), _) => known.hear(event, self.now, &mut self.random),
            }
        }
    }

    fn feed(&mut self, input: Input) {
        let (now, wall) = (self.now, self.wall());
        let mut random = self.random.clone();
        let actions = self.server.handle(now, wall, input, &mut random);
        self.random = random;
        self.carry_out_actions(actions);
    }

    fn next_wake(&self) -> Option<Moment> {
        self.people
            .iter()
            .filter_map(Person::next_wake)
            .chain(self.server.next_wake())
            .chain(self.network.next_wake())
            .min()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000) + self.now.since_start()
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a PersonId is made by `person` only, and people never go"
    )]
    fn agent(&mut self, person: PersonId) -> &mut UserAgent {
        &mut self.people[person.0].agent
    }

    /// FNV-1a.
    fn hash(&mut self, text: &str) {
        self.digest = text.bytes().fold(self.digest, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    }

    fn fresh_server() -> Server {
        Server::new(Settings::new(DOMAIN, NodeKey::new([42; 32])))
    }
}

const DOMAIN: &str = "hopsight.internal";
const SDPFRAG: &str = "application/trickle-ice-sdpfrag";
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
