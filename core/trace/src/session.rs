//! Decides which messages are one call, and which claims the call holds.

use crate::media_debug;
use crate::message::Direction;
use crate::{LocalTime, MediaDebug, TraceMessage};
use hopsight_evidence::Claim;
use hopsight_kit::{Place, Read, Remark};

/// One call of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedSession {
    /// Its Call-ID; `None` when it was removed.
    pub call_id: Option<String>,
    /// When its first message passed.
    pub began: LocalTime,
    /// How many messages it has.
    pub messages: usize,
    /// The clients' summaries in it, with who carried them.
    pub summaries: Vec<Carried>,
}

/// A summary and the message in which it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// When, by the owner's clock.
    pub at: LocalTime,
    /// Whether the log's owner received or sent it.
    pub direction: Direction,
    /// The method of that message.
    pub method: String,
    /// The summary.
    pub summary: MediaDebug,
}

impl TracedSession {
    /// What the call tells, as claims of whoever hands in the trace. The times
    /// are local figures read as UTC ([`LocalTime::as_if_utc`]).
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        self.summaries
            .iter()
            .map(|carried| Claim {
                at: carried.at.as_if_utc(),
                observation: carried.summary.observation.clone(),
            })
            .collect()
    }
}

/// Joins messages by Call-ID and decodes their summaries.
pub(crate) fn sessions(messages: &[TraceMessage]) -> Read<Vec<TracedSession>> {
    let mut sessions: Vec<TracedSession> = Vec::new();
    let mut remarks = Vec::new();
    for message in messages {
        let call_id = message.header("Call-ID").map(str::to_owned);
        let known = sessions
            .iter_mut()
            .find(|one| call_id.is_some() && one.call_id == call_id);
        let (summaries, said) = summaries(message);
        remarks.extend(said);
        if let Some(session) = known {
            session.messages = session.messages.saturating_add(1);
            session.summaries.extend(summaries);
            continue;
        }
        sessions.push(TracedSession {
            call_id,
            began: message.at,
            messages: 1,
            summaries,
        });
    }
    Read {
        value: sessions,
        remarks,
    }
}

fn summaries(message: &TraceMessage) -> (Vec<Carried>, Vec<Remark>) {
    let (mut found, mut remarks) = (Vec::new(), Vec::new());
    for header in message.headers_named("ms-client-diagnostics") {
        let read = media_debug::read(header, message.direction);
        if read.is_empty() {
            remarks.push(remark(
                header.line,
                "ms-client-diagnostics without a readable ICEWarn",
            ));
        }
        for summary in read {
            if !summary.unexplained.is_empty() {
                let keys = summary.unexplained.join(", ");
                remarks.push(remark(
                    header.line,
                    &format!("keys not interpreted: {keys}"),
                ));
            }
            found.push(Carried {
                at: message.at,
                direction: message.direction,
                method: message.method().unwrap_or_default().to_owned(),
                summary,
            });
        }
    }
    (found, remarks)
}

fn remark(line: usize, problem: &str) -> Remark {
    Remark {
        place: Place::Line(line),
        problem: problem.to_owned(),
    }
}
