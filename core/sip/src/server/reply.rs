//! Decides how the server's own answers are written.

use super::{Identity, Peer, Round, Server};
use crate::message::{Builder, Message};
use crate::transaction::ServerKey;

/// A request that has its server transaction and awaits its answer.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Where it came from.
    pub(super) peer: Peer,
    /// The request, its top Via completed.
    pub(super) request: Message,
    /// Its transaction.
    pub(super) key: ServerKey,
    /// Who sent it, once that is known.
    pub(super) by: Option<Identity>,
}

impl Arrival {
    /// Whether a proxy brought it, on a flow that others use as well.
    pub(super) fn is_relayed(&self) -> bool {
        is_relayed(&self.request)
    }
}

/// Whether a request passed a proxy before it came here.
pub(super) fn is_relayed(request: &Message) -> bool {
    request.values("Via").len() > 1
}

impl Server {
    /// Answers with nothing but a status.
    pub(super) fn reply(
        &mut self,
        arrival: &Arrival,
        status: u16,
        reason: &str,
        round: &mut Round<'_>,
    ) {
        self.reply_with(arrival, status, reason, round, |response| response);
    }

    /// Answers with a status and what `add` adds.
    pub(super) fn reply_with(
        &mut self,
        arrival: &Arrival,
        status: u16,
        reason: &str,
        round: &mut Round<'_>,
        add: impl FnOnce(Builder) -> Builder,
    ) {
        let response = answer(&arrival.request, status, reason, round);
        let response = add(response).finish();
        self.transactions
            .respond(&arrival.key, &response, round.now);
    }
}

/// The beginning of an answer, with a tag of its own unless it is a 100.
pub(super) fn answer(
    request: &Message,
    status: u16,
    reason: &str,
    round: &mut Round<'_>,
) -> Builder {
    let response = Builder::response_to(request, status, reason);
    if status == 100 {
        return response;
    }
    response.to_tag(&round.digits(16))
}

/// What the server understands when it is itself addressed.
pub(super) const ALLOW: &str =
    "REGISTER, OPTIONS, INVITE, ACK, CANCEL, BYE, INFO, MESSAGE, UPDATE, SUBSCRIBE, NOTIFY";
