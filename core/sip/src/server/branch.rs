//! Decides what a branch's response, silence or timer means for its fork (RFC
//! 3261, sections 16.7 and 16.8).

use super::fork::{Branch, BranchState, Fork, Outcome, Standing, Target, unrecorded};
use super::registrar::Binding;
use super::{Action, FlowId, Identity, Round, Server, SessionEvent};
use crate::message::{Builder, Message, Method};
use crate::transaction::ClientKey;
use std::time::Duration;

impl Server {
    /// A response of one branch arrived.
    pub(super) fn branch_answered(
        &mut self,
        key: &ClientKey,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let Some(number) = self.forks.of_client(key) else {
            return;
        };
        let status = response.status().unwrap_or(0);
        match status {
            ..200 => self.branch_rings(number, key, response, round),
            200..300 => self.branch_accepts(number, key, response, round),
            300.. => {
                if status == FLOW_FAILED {
                    self.try_other_way(number, key, round);
                }
                let outcome = Outcome::Received(Box::new(response.clone()));
                self.branch_refuses(number, key, outcome, round);
            }
        }
    }

    /// A proxy has lost the flow behind it: the binding is of no use, and the endpoint
    /// may have another (RFC 5626, section 7.1). Within a dialog the way is fixed.
    fn try_other_way(&mut self, number: u64, key: &ClientKey, round: &mut Round<'_>) {
        let fork = self.forks.get_mut(number);
        let branch = fork.and_then(|fork| fork.branch(key));
        let Some(branch) = branch.filter(|branch| branch.endpoint.is_some()) else {
            return;
        };
        let (endpoint, flow) = (branch.peer.endpoint, branch.peer.flow);
        // The ACK goes where the refusal came from.
        self.flush(round);
        let failed = self.registrar.endpoint_on(endpoint, flow).map(Binding::key);
        let Some(failed) = failed else {
            return;
        };
        self.registrar.unbind(&failed);
        if !self.registrar.is_online(&failed.uri) {
            self.presence_changed(&failed.uri, false, round);
        }
        if let Some(target) = self.registrar.endpoint(endpoint).map(Target::from) {
            self.add_branch(number, target, round);
        }
    }

    /// A branch gave no answer in time (Timers B and F).
    pub(super) fn branch_silent(&mut self, key: &ClientKey, round: &mut Round<'_>) {
        if let Some(number) = self.forks.of_client(key) {
            self.branch_refuses(number, key, Outcome::Found(408, "Request Timeout"), round);
        }
    }

    /// A flow closed: whoever was asked on it is asked again on its other flow, or may
    /// come back for a while. The branch is the same, so that whoever had the request
    /// already takes the second for a repeat.
    pub(super) fn branches_lost(&mut self, flow: FlowId, round: &mut Round<'_>) {
        let mut again = Vec::new();
        for number in self.forks.on(flow) {
            let branches = self.forks.get_mut(number).map(|fork| &mut fork.branches);
            let branches = branches.into_iter().flatten();
            for branch in branches.filter(|branch| branch.peer.flow == flow) {
                branch.lost = Some(round.now + COMING_BACK);
                if matches!(branch.state, BranchState::Calling { .. }) {
                    again.push((branch.peer, branch.request.bytes().to_vec()));
                }
            }
        }
        for (peer, bytes) in again {
            if let Some(flow) = self.flow_to(peer) {
                round.actions.push(Action::Send { flow, bytes });
            }
        }
    }

    /// Timer C, the end of the wait after a CANCEL, and endpoints that did not
    /// come back.
    pub(super) fn ring_out(&mut self, round: &mut Round<'_>) {
        for (number, key) in self.forks.overdue(round.now) {
            let Some(branch) = self
                .forks
                .get_mut(number)
                .and_then(|fork| fork.branch(&key))
            else {
                continue;
            };
            let is_lost = branch.lost.take_if(|lost| *lost <= round.now).is_some();
            let (peer, is_cancelling) = (branch.peer, branch.is_cancelling());
            if is_lost && self.flow_to(peer).is_some() {
                continue;
            }
            if is_lost || is_cancelling {
                self.transactions.give_up(&key);
                let (status, reason) = if is_lost {
                    (480, "Flow Lost")
                } else {
                    (408, "Request Timeout")
                };
                self.branch_refuses(number, &key, Outcome::Found(status, reason), round);
            } else {
                self.cancel_branch(
                    number,
                    &key,
                    "SIP;cause=408;text=\"Nobody answered\"",
                    round,
                );
            }
        }
    }

    /// Cancels every branch that still may answer, except one.
    pub(super) fn cancel_others(
        &mut self,
        number: u64,
        except: Option<&ClientKey>,
        reason: &str,
        round: &mut Round<'_>,
    ) {
        let others: Vec<ClientKey> = self
            .forks
            .get(number)
            .filter(|fork| fork.is_invite())
            .map(|fork| {
                fork.branches
                    .iter()
                    .map(|branch| branch.client.clone())
                    .collect()
            })
            .unwrap_or_default();
        for other in others {
            if Some(&other) != except {
                self.cancel_branch(number, &other, reason, round);
            }
        }
    }

    fn branch_rings(
        &mut self,
        number: u64,
        key: &ClientKey,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let longest = self.settings.longest_ringing;
        let Some(fork) = self.forks.get_mut(number) else {
            return;
        };
        let (is_open, is_invite) = (fork.standing == Standing::Open, fork.is_invite());
        let Some(branch) = fork.branch(key) else {
            return;
        };
        let mut cancels = false;
        if is_invite {
            match branch.state {
                BranchState::Calling { cancel } => {
                    cancels = cancel;
                    branch.state = BranchState::Ringing {
                        until: round.now + longest,
                    };
                }
                BranchState::Ringing { .. } => {
                    branch.state = BranchState::Ringing {
                        until: round.now + longest,
                    };
                }
                BranchState::Cancelling { .. }
                | BranchState::Answered
                | BranchState::Refused(_) => {}
            }
        }
        if cancels {
            self.cancel_branch(number, key, "SIP;cause=487", round);
        }
        // RFC 4320, section 4.1: nothing provisional goes back to any other request.
        if is_open && is_invite && response.status() != Some(100) {
            let party = self
                .callee(number, key)
                .map(|callee| callee.uri)
                .unwrap_or_default();
            self.tell_description(response, &party, round);
            self.send_back(number, key, response, round);
        }
    }

    fn branch_accepts(
        &mut self,
        number: u64,
        key: &ClientKey,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let Some(fork) = self.forks.get_mut(number) else {
            return;
        };
        let standing = fork.standing;
        let (is_invite, begins_session) = (fork.is_invite(), fork.begins_session);
        if let Some(branch) = fork.branch(key) {
            branch.state = BranchState::Answered;
        }
        match standing {
            Standing::Void => return,
            // RFC 6026: a late 2xx of another branch goes back as well; the
            // caller ends that dialog.
            Standing::Answered | Standing::Refused => {
                if is_invite {
                    self.send_back(number, key, response, round);
                }
                return;
            }
            Standing::Open | Standing::Cancelled => fork.standing = Standing::Answered,
        }
        let party = self
            .callee(number, key)
            .map(|callee| callee.uri)
            .unwrap_or_default();
        self.sessions.answered(response, &party, round.now);
        if begins_session {
            return self.record_answer(number, key, response, &party, round);
        }
        self.tell_description(response, &party, round);
        self.send_back(number, key, response, round);
        self.cancel_others(number, Some(key), ELSEWHERE, round);
    }

    /// The sharer's consent is on disk before the 200 goes out.
    fn record_answer(
        &mut self,
        number: u64,
        key: &ClientKey,
        response: &Message,
        party: &str,
        round: &mut Round<'_>,
    ) {
        let Some((event, refusal)) = self.answer_event(number, key, round) else {
            // Nobody to name as the one who agreed: no session begins.
            round.count("sip.answer-without-party");
            return self.void(number, round);
        };
        let then = self.apart(round, |server, round| {
            server.tell_description(response, party, round);
            server.send_back(number, key, response, round);
        });
        let cancels = self.apart(round, |server, round| {
            server.cancel_others(number, Some(key), ELSEWHERE, round);
        });
        self.record_fork(number, event, (then, cancels), refusal, round);
    }

    /// Refuses what cannot be recorded at all.
    fn void(&mut self, number: u64, round: &mut Round<'_>) {
        let Some(fork) = self.forks.get_mut(number) else {
            return;
        };
        fork.standing = Standing::Void;
        let arrival = fork.arrival.clone();
        self.reply(&arrival, 500, "Nobody To Record", round);
    }

    fn answer_event(
        &self,
        number: u64,
        key: &ClientKey,
        round: &mut Round<'_>,
    ) -> Option<(SessionEvent, Message)> {
        let fork = self.forks.get(number)?;
        let branch = fork.branches.iter().find(|branch| branch.client == *key)?;
        let callee = self.callee(number, key)?;
        let observed = self
            .sessions
            .of(fork.arrival.request.call_id()?, &callee.uri)?;
        let event = SessionEvent::Answered {
            session: observed.session.clone(),
            consent: observed.consent(&callee),
            by: callee,
            endpoint: branch.endpoint.clone()?,
        };
        Some((event, unrecorded(&fork.arrival, round)))
    }

    pub(super) fn branch_refuses(
        &mut self,
        number: u64,
        key: &ClientKey,
        outcome: Outcome,
        round: &mut Round<'_>,
    ) {
        let Some(fork) = self.forks.get_mut(number) else {
            return;
        };
        let is_global = outcome.status() >= 600;
        if let Some(branch) = fork.branch(key) {
            branch.state = BranchState::Refused(outcome);
        }
        if is_global {
            self.cancel_others(
                number,
                Some(key),
                "SIP;cause=603;text=\"Declined elsewhere\"",
                round,
            );
        }
        self.conclude(number, round);
    }

    /// Sends an endpoint's response on to the caller: our Via off, and who
    /// answers vouched for (RFC 3325, section 5).
    pub(super) fn send_back(
        &mut self,
        number: u64,
        key: &ClientKey,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let Some(fork) = self.forks.get(number) else {
            return;
        };
        let mut edit = response.edit();
        edit.remove_first_value("Via")
            .remove_header("P-Preferred-Identity")
            .remove_header("P-Asserted-Identity");
        let callee = fork
            .branches
            .iter()
            .find(|branch| branch.client == *key)
            .and_then(|branch| self.who_is(branch.peer));
        if let Some(callee) =
            callee.filter(|_| response.status().is_some_and(|status| status < 300))
        {
            edit.append_header("P-Asserted-Identity", &callee.asserted());
        }
        if let Ok(response) = Message::read(&edit.finish()) {
            let key = fork.arrival.key.clone();
            self.transactions.respond(&key, &response, round.now);
        }
    }

    fn cancel_branch(&mut self, number: u64, key: &ClientKey, reason: &str, round: &mut Round<'_>) {
        let now = round.now;
        let Some(branch) = self.forks.get_mut(number).and_then(|fork| fork.branch(key)) else {
            return;
        };
        match branch.state {
            BranchState::Calling { .. } => branch.state = BranchState::Calling { cancel: true },
            BranchState::Ringing { .. } => {
                branch.state = BranchState::Cancelling {
                    until: now + AFTER_CANCEL,
                };
                let cancel = branch.cancel(reason);
                let peer = branch.peer;
                let reliability = self.reliability(peer.flow);
                self.transactions.ask(&cancel, peer, reliability, now);
            }
            BranchState::Cancelling { .. } | BranchState::Answered | BranchState::Refused(_) => {}
        }
    }

    /// Who stands behind a branch.
    pub(super) fn callee(&self, number: u64, key: &ClientKey) -> Option<Identity> {
        let branches = &self.forks.get(number)?.branches;
        let branch = branches.iter().find(|branch| branch.client == *key)?;
        self.who_is(branch.peer).cloned()
    }
}

impl Fork {
    fn branch(&mut self, key: &ClientKey) -> Option<&mut Branch> {
        self.branches
            .iter_mut()
            .find(|branch| branch.client == *key)
    }
}

impl Branch {
    fn is_cancelling(&self) -> bool {
        match self.state {
            BranchState::Cancelling { .. } => true,
            BranchState::Calling { .. }
            | BranchState::Ringing { .. }
            | BranchState::Answered
            | BranchState::Refused(_) => false,
        }
    }

    /// RFC 3261, section 9.1.
    fn cancel(&self, reason: &str) -> Message {
        let invite = &self.request;
        let number = invite.cseq().map_or(0, |(number, _)| number);
        Builder::request(&Method::Cancel, invite.request_uri().unwrap_or_default())
            .header(
                "Via",
                invite.values("Via").first().copied().unwrap_or_default(),
            )
            .header("Max-Forwards", "70")
            .copy(invite, "Route")
            .copy(invite, "From")
            .copy(invite, "To")
            .copy(invite, "Call-ID")
            .header("CSeq", format!("{number} CANCEL"))
            .header("Reason", reason)
            .finish()
    }
}

/// The reason phrase as text.
pub(crate) fn reason_phrase(response: &Message) -> String {
    match response.start() {
        crate::message::Start::Response { reason, .. } => {
            String::from_utf8_lossy(reason).into_owned()
        }
        crate::message::Start::Request { .. } => String::new(),
    }
}

/// RFC 5626, section 11.5.
const FLOW_FAILED: u16 = 430;
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";
/// RFC 3261, section 9.1: 64 × T1 after the CANCEL nobody answers any more.
const AFTER_CANCEL: Duration = Duration::from_secs(32);
/// So long an endpoint whose flow closed may stay away.
const COMING_BACK: Duration = Duration::from_secs(8);
