//! Decides what live traffic may be: the strict gate. A trace never passes
//! here; it shows its defects instead.

use super::Message;
use super::defect::Severity;
use super::method::Method;
use super::start::Start;

/// Why a message is not carried, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is refused with {status}: {reason}")]
pub struct Refusal {
    /// Status of the answer.
    pub status: u16,
    /// Reason phrase of the answer: what is wrong, in one line.
    pub reason: String,
    /// True when an answer may be sent: the message is a request other than
    /// ACK, and holds what a response must repeat (RFC 3261 section 8.2.6.2).
    /// Otherwise the message is dropped (sections 17.1.3 and 18.1.2).
    pub is_answerable: bool,
}

/// The first defect that live traffic must not carry, as a refusal.
pub(crate) fn check(message: &Message) -> Result<(), Refusal> {
    let worst = message
        .defects()
        .iter()
        .filter_map(|defect| match defect.severity() {
            Severity::Note => None,
            Severity::Refuse(status) => Some((status, defect)),
        })
        .max_by_key(|(status, defect)| (*status, std::cmp::Reverse(defect.at)));
    let Some((status, defect)) = worst else {
        return Ok(());
    };
    Err(Refusal {
        status,
        reason: defect.problem.to_string(),
        is_answerable: is_answerable(message),
    })
}

fn is_answerable(message: &Message) -> bool {
    let is_request = match message.start() {
        Start::Request { method, .. } => method != Method::Ack,
        Start::Response { .. } => false,
    };
    is_request
        && ["Via", "From", "To", "Call-ID", "CSeq"]
            .iter()
            .all(|name| message.header(name).is_some())
}
