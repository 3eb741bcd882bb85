//! Decides how one request goes to several endpoints and which of their
//! responses goes back (RFC 3261, sections 16.6 and 16.7).

use super::identity::Identity;
use super::proxy::loop_hash;
use super::registrar::Binding;
use super::reply::{Arrival, answer};
use super::sessions::Naming;
use super::transactions::Transactions;
use super::{Action, Endpoint, Peer, RecordId, Round, Server, SessionEvent};
use crate::message::{Message, Method, Via};
use crate::transaction::ClientKey;
use hopsight_kit::Moment;

/// Where one branch of a request goes.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The endpoint, when the request is to begin something with it; none for
    /// the far end of a dialog.
    pub(super) endpoint: Option<Endpoint>,
    pub(super) peer: Peer,
    /// The new Request-URI; none to keep the old one.
    pub(super) uri: Option<String>,
    /// The proxies on the way, the nearest first (RFC 3327).
    pub(super) path: Vec<String>,
}

impl From<&Binding> for Target {
    fn from(binding: &Binding) -> Self {
        Self {
            endpoint: Some(Endpoint {
                uri: binding.uri.clone(),
                instance: binding.instance.clone(),
                flow: binding.flow,
            }),
            peer: Peer {
                flow: binding.flow,
                endpoint: binding.endpoint(),
            },
            uri: Some(binding.contact.clone()),
            path: binding.path.clone(),
        }
    }
}

/// A forwarded request and its branches.
#[derive(Debug)]
pub(super) struct Fork {
    pub(super) arrival: Arrival,
    pub(super) branches: Vec<Branch>,
    pub(super) standing: Standing,
    /// True for an INVITE that begins a sharing session.
    pub(super) begins_session: bool,
    /// The records it stands or falls with, and the refusal without each.
    pub(super) records: Vec<(RecordId, Message)>,
}

/// How far a forwarded request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// No final response went back yet.
    Open,
    /// The caller took it back; no final response went back yet.
    Cancelled,
    /// A 2xx went back.
    Answered,
    /// Another final response went back.
    Refused,
    /// A record failed: whatever still comes is dropped.
    Void,
}

/// One endpoint's part of a fork.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) client: ClientKey,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) peer: Peer,
    /// The request as it was sent.
    pub(super) request: Message,
    pub(super) state: BranchState,
    /// Its flow closed; until then it may come back on another one.
    pub(super) lost: Option<Moment>,
}

/// How far one endpoint came.
#[derive(Debug)]
pub(super) enum BranchState {
    /// Nothing came back. A CANCEL must wait for the first provisional
    /// response (RFC 3261, section 9.1).
    Calling { cancel: bool },
    /// It rings, until Timer C.
    Ringing { until: Moment },
    /// The CANCEL is out.
    Cancelling { until: Moment },
    /// It answered with a 2xx.
    Answered,
    /// It answered with another final response, or not at all.
    Refused(Outcome),
}

/// A final response other than 2xx.
#[derive(Debug)]
pub(super) enum Outcome {
    /// As the endpoint sent it.
    Received(Box<Message>),
    /// As the server found out by itself.
    Found(u16, &'static str),
}

impl Outcome {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Received(response) => response.status().unwrap_or(500),
            Self::Found(status, _) => *status,
        }
    }

    /// The lower, the better: 6xx first, then what the caller can mend, then
    /// what tells most (RFC 3261, section 16.7, step 6).
    fn rank(&self) -> (u16, u16) {
        let status = self.status();
        let within = match status {
            401 | 407 | 415 | 420 | 484 => 0,
            486 => 1,
            480 => 3,
            408 => 4,
            487 => 5,
            _ => 2,
        };
        let class = if status >= 600 { 0 } else { status / 100 };
        (class, within)
    }
}

impl Fork {
    pub(super) fn is_open(&self) -> bool {
        match self.standing {
            Standing::Open | Standing::Cancelled => true,
            Standing::Answered | Standing::Refused | Standing::Void => false,
        }
    }

    pub(super) fn is_invite(&self) -> bool {
        self.arrival.request.method() == Some(&Method::Invite)
    }

    /// The best of all refusals, once there is nothing to wait for.
    pub(super) fn best(&self) -> Option<&Branch> {
        let refused: Vec<(&Branch, &Outcome)> = self
            .branches
            .iter()
            .filter_map(|branch| branch.outcome().map(|outcome| (branch, outcome)))
            .collect();
        let is_complete = refused.len() == self.branches.len();
        let best = refused
            .into_iter()
            .min_by_key(|(_, outcome)| outcome.rank());
        best.filter(|_| is_complete).map(|(branch, _)| branch)
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.branches.iter().filter_map(Branch::until).min()
    }

    pub(super) fn is_alive(&self, transactions: &Transactions) -> bool {
        transactions.asker(&self.arrival.key).is_some()
            || self
                .branches
                .iter()
                .any(|branch| transactions.asked(&branch.client).is_some())
    }
}

impl Branch {
    pub(super) fn outcome(&self) -> Option<&Outcome> {
        match &self.state {
            BranchState::Refused(outcome) => Some(outcome),
            BranchState::Calling { .. }
            | BranchState::Ringing { .. }
            | BranchState::Cancelling { .. }
            | BranchState::Answered => None,
        }
    }

    pub(super) fn until(&self) -> Option<Moment> {
        match self.state {
            BranchState::Ringing { until } | BranchState::Cancelling { until } => {
                Some(self.lost.map_or(until, |lost| lost.min(until)))
            }
            BranchState::Calling { .. } => self.lost,
            BranchState::Answered | BranchState::Refused(_) => None,
        }
    }
}

impl Server {
    pub(super) fn start_fork(
        &mut self,
        arrival: &Arrival,
        caller: &Identity,
        targets: Vec<Target>,
        round: &mut Round<'_>,
    ) {
        if breadth(&arrival.request) < targets.len() {
            return self.reply(arrival, 440, "Max-Breadth Exceeded", round);
        }
        let naming = Naming::of(&arrival.request).filter(|_| begins_dialog(&targets, arrival));
        let Some(naming) = naming else {
            self.send_branches(arrival, caller, targets, false, round);
            return;
        };
        let call_id = arrival.request.call_id().unwrap_or_default().to_owned();
        let invited = targets
            .iter()
            .filter_map(|target| self.who_is(target.peer))
            .map(|identity| identity.uri.clone())
            .collect();
        if !self
            .sessions
            .invited(&call_id, &naming, caller, invited, round.now)
        {
            return self.reply(arrival, 400, "Call-ID In Use", round);
        }
        let mut number = 0;
        let by = caller.clone();
        let then = self.apart(round, |server, round| {
            server.tell_description(&arrival.request, &by.uri, round);
            number = server.send_branches(arrival, caller, targets, true, round);
        });
        let event = SessionEvent::Invited {
            session: naming.session,
            endpoint: self.endpoint_on(arrival.peer.flow, &by.uri),
            by,
            role: naming.role,
            purpose: naming.purpose,
            to: super::proxy::request_uri(&arrival.request)
                .map(|uri| uri.address_of_record())
                .unwrap_or_default(),
        };
        let refusal = unrecorded(arrival, round);
        self.record_fork(number, event, (then, Vec::new()), refusal, round);
    }

    /// Records an event on which a fork stands or falls. Without the record
    /// the caller gets `refusal`, after which comes what happens `either_way`.
    pub(super) fn record_fork(
        &mut self,
        number: u64,
        event: SessionEvent,
        (mut then, either_way): (Vec<Action>, Vec<Action>),
        refusal: Message,
        round: &mut Round<'_>,
    ) {
        let Some(fork) = self.forks.get(number) else {
            return;
        };
        let flow = self.flow_back_to(fork.arrival.peer);
        let bytes = refusal.bytes().to_vec();
        let refused = flow.map(|flow| Action::Send { flow, bytes });
        let otherwise = refused.into_iter().chain(either_way.clone()).collect();
        then.extend(either_way);
        let record = self.record(event, then, otherwise, round);
        if let Some(fork) = self.forks.get_mut(number) {
            fork.records.push((record, refusal));
        }
    }

    /// The event was not stored and the caller got its 503: nothing that
    /// still comes back goes on.
    pub(super) fn not_recorded(&mut self, record: RecordId, round: &mut Round<'_>) {
        self.flush(round);
        round.count("sip.not-recorded");
        let has_it = |fork: &Fork| fork.records.iter().any(|(known, _)| *known == record);
        let Some(number) = self.forks.find(has_it) else {
            return;
        };
        let Some(fork) = self.forks.get_mut(number) else {
            return;
        };
        let held = fork.records.iter().find(|(known, _)| *known == record);
        let Some(refusal) = held.map(|(_, refusal)| refusal.clone()) else {
            return;
        };
        // An answer was on its way: only then did the invitation ever go out,
        // and whoever still rings was sent a CANCEL.
        let rings = fork.standing == Standing::Answered;
        fork.standing = Standing::Void;
        let arrival = fork.arrival.clone();
        let call_id = arrival.request.call_id().unwrap_or_default();
        self.sessions.forget(call_id);
        // The caller got this very refusal already; the transaction needs it
        // for repeats of the INVITE.
        self.transactions.respond(&arrival.key, &refusal, round.now);
        self.transactions.take_sends();
        if rings {
            return;
        }
        let branches = self.forks.get(number).map(|fork| &fork.branches);
        for branch in branches.into_iter().flatten() {
            self.transactions.give_up(&branch.client);
        }
    }

    /// Asks one endpoint more, or the same by another way.
    pub(super) fn add_branch(&mut self, number: u64, target: Target, round: &mut Round<'_>) {
        let Some(fork) = self.forks.get(number).filter(|fork| fork.is_open()) else {
            return;
        };
        let arrival = fork.arrival.clone();
        let Some(caller) = arrival.by.clone() else {
            return;
        };
        let share = breadth(&arrival.request) / fork.branches.len().max(1);
        let branch = self.send_branch(&arrival, &caller, target, share, round);
        if let Some(fork) = self.forks.get_mut(number) {
            fork.branches.extend(branch);
        }
    }

    fn send_branches(
        &mut self,
        arrival: &Arrival,
        caller: &Identity,
        targets: Vec<Target>,
        begins_session: bool,
        round: &mut Round<'_>,
    ) -> u64 {
        let share = breadth(&arrival.request) / targets.len().max(1);
        let branches = targets
            .into_iter()
            .filter_map(|target| self.send_branch(arrival, caller, target, share, round))
            .collect();
        let fork = Fork {
            arrival: arrival.clone(),
            branches,
            standing: Standing::Open,
            begins_session,
            records: Vec::new(),
        };
        let number = self.number();
        let is_stillborn = fork.branches.is_empty();
        self.forks.insert(number, fork);
        if is_stillborn {
            self.conclude(number, round);
        }
        number
    }

    pub(super) fn send_branch(
        &mut self,
        arrival: &Arrival,
        caller: &Identity,
        target: Target,
        share: usize,
        round: &mut Round<'_>,
    ) -> Option<Branch> {
        let branch = format!(
            "z9hG4bK{}.{}",
            round.digits(20),
            loop_hash(&arrival.request)
        );
        let via = self.via(target.peer.flow, &branch)?;
        let bytes = self.outgoing(arrival, caller, &target, &via, share);
        let request = Message::read(&bytes).ok()?;
        let client = self.transactions.ask(
            &request,
            target.peer,
            self.reliability(target.peer.flow),
            round.now,
        )?;
        Some(Branch {
            client,
            endpoint: target.endpoint,
            peer: target.peer,
            request,
            state: BranchState::Calling { cancel: false },
            lost: None,
        })
    }

    /// RFC 3261, section 16.6: the request as one branch carries it.
    fn outgoing(
        &self,
        arrival: &Arrival,
        caller: &Identity,
        target: &Target,
        via: &Via,
        share: usize,
    ) -> Vec<u8> {
        let request = &arrival.request;
        let hops = request
            .max_forwards()
            .map_or(70, |hops| hops.saturating_sub(1));
        let mut edit = request.edit();
        edit.set_header("Max-Forwards", &hops.to_string())
            .set_header("Max-Breadth", &share.to_string())
            .remove_header("Proxy-Authorization")
            .remove_header("P-Preferred-Identity")
            .remove_header("P-Asserted-Identity")
            .append_header("P-Asserted-Identity", &caller.asserted());
        if let Some(uri) = &target.uri {
            edit.set_request_uri(uri);
        }
        if target.endpoint.is_some() && records_route(request) {
            edit.prepend_value(
                "Record-Route",
                &self.record_route(arrival.peer, target.peer),
            );
        }
        for proxy in target.path.iter().rev() {
            edit.prepend_value("Route", proxy);
        }
        edit.prepend_value("Via", &via.to_string());
        edit.finish()
    }
}

fn begins_dialog(targets: &[Target], arrival: &Arrival) -> bool {
    arrival.request.method() == Some(&Method::Invite)
        && targets.iter().any(|target| target.endpoint.is_some())
}

/// Whether the request may begin a dialog: INVITE, SUBSCRIBE, REFER and what
/// nobody knows yet.
fn records_route(request: &Message) -> bool {
    match request.method() {
        Some(Method::Invite | Method::Subscribe | Method::Other(_)) => true,
        Some(
            Method::Notify
            | Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Register
            | Method::Options
            | Method::Info
            | Method::Message,
        )
        | None => false,
    }
}

/// To how many endpoints at once a request may still go, on all its branches together
/// (RFC 5393, section 5).
pub(super) fn breadth(request: &Message) -> usize {
    let told = request.header("Max-Breadth");
    let told = told.and_then(|told| told.trim().parse().ok());
    told.unwrap_or(USUAL_BREADTH).min(USUAL_BREADTH)
}

const USUAL_BREADTH: usize = 60;

/// What a caller gets when nothing can be recorded.
pub(super) fn unrecorded(arrival: &Arrival, round: &mut Round<'_>) -> Message {
    answer(&arrival.request, 503, "Could Not Be Recorded", round)
        .header("Retry-After", "5")
        .finish()
}
