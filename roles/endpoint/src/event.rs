//! What a native endpoint tells whoever runs it: the events of
//! docs/command-line.md, one JSON object each.

use hopsight_evidence::Transport;
use hopsight_kit::{SessionId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use std::net::SocketAddr;

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

/// What happened at this endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// The other end, or this one, agreed.
    Answered {
        /// The session.
        session: SessionId,
        /// The verified name of the other end.
        with: String,
    },
    /// One step of a check came to an end.
    Check {
        /// Which.
        step: CheckStep,
        /// Whether it works.
        ok: bool,
        /// How long it took, in milliseconds.
        ms: u64,
        /// What was found, as a phrase for a person.
        says: String,
        /// This machine's address as the relay sees it.
        #[serde(skip_serializing_if = "Option::is_none")]
        mapped: Option<SocketAddr>,
    },
    /// A session is over, or did not come about.
    Ended {
        /// The session, if it had come so far.
        session: Option<SessionId>,
        /// How, as a word for programs.
        end: End,
        /// Why, as a sentence for a person.
        reason: String,
    },
    /// The first picture left (sharer) or was shown (viewer).
    FirstFrame {
        /// The session.
        session: SessionId,
        /// Milliseconds since the answer.
        after_ms: u64,
    },
    /// A share link was made.
    Link {
        /// What to hand out.
        url: String,
        /// From when on it does nothing, RFC 3339.
        expires_at: String,
    },
    /// The way that the picture takes.
    Path {
        /// The session.
        session: SessionId,
        /// `direct` or `relay`.
        kind: &'static str,
        /// How the bytes leave this end.
        transport: Transport,
        /// This end's address.
        local: SocketAddr,
        /// The other end's address.
        remote: SocketAddr,
    },
    /// Signed in and reachable.
    Registered {
        /// The address of record.
        uri: String,
    },
    /// The other end is being asked.
    Ringing {
        /// The session.
        session: SessionId,
    },
    /// How the picture fares, about once a second while it changes.
    Stats {
        /// The session.
        session: SessionId,
        /// Pictures so far.
        frames: u64,
        /// Bytes of picture so far.
        bytes: u64,
        /// Columns and rows of the picture.
        size: (usize, usize),
        /// The value of the counter in the newest picture, if one is painted.
        counter: Option<u32>,
    },
    /// Why the path is as it is (docs/json.md, "verdict").
    Verdict {
        /// The session; none when the endpoint did not come so far.
        session: Option<SessionId>,
        /// The verdict's own fields.
        #[serde(flatten)]
        verdict: Value,
    },
}

/// What a check looks at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStep {
    /// The server's name.
    Name,
    /// Being signed in.
    SignIn,
    /// The relay over UDP.
    RelayUdp,
    /// The relay over TCP.
    RelayTcp,
    /// The relay over TLS.
    RelayTls,
    /// The path to a person.
    Path,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// What was shown cannot be captured any more.
    CaptureLost,
    /// The person at this machine said no.
    Declined,
    /// This end could not prepare it.
    Failed,
    /// The other end ended it.
    HungUp,
    /// Nobody vouches for who the other end is.
    NotVerified,
    /// The picture found no way, or lost it.
    PathLost,
    /// The other end, or the server, refused.
    Refused,
    /// This end stopped it.
    Stopped,
    /// The inviting end took its invitation back.
    Withdrawn,
}

impl What {
    /// The event with its time.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Event {
        Event {
            what: self,
            at: rfc3339(now),
        }
    }
}

fn rfc3339(at: Timestamp) -> String {
    let format = time::macros::format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
    );
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.unix_micros()) * 1000)
        .ok()
        .and_then(|time| time.format(format).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_flat_object() {
        let event = What::Registered {
            uri: "sip:desk1@hopsight.internal".into(),
        };
        let json = serde_json::to_value(event.at(Timestamp::from_unix_seconds(1_321_009_871)));

        assert_eq!(
            json.unwrap(),
            serde_json::json!({
                "event": "registered",
                "uri": "sip:desk1@hopsight.internal",
                "at": "2011-11-11T11:11:11.000Z",
            })
        );
    }

    #[test]
    fn a_path_and_an_end_say_in_words_what_they_are() {
        let session: SessionId = "01J00000000000000000000000".parse().unwrap();
        let path = What::Path {
            session: session.clone(),
            kind: "relay",
            transport: Transport::Tls,
            local: "10.0.0.1:50000".parse().unwrap(),
            remote: "10.0.0.2:50001".parse().unwrap(),
        };
        let ended = What::Ended {
            session: Some(session),
            end: End::PathLost,
            reason: "no way".into(),
        };

        assert_eq!(
            serde_json::to_value([path, ended]).unwrap(),
            serde_json::json!([
                {
                    "event": "path",
                    "session": "01J00000000000000000000000",
                    "kind": "relay",
                    "transport": "tls",
                    "local": "10.0.0.1:50000",
                    "remote": "10.0.0.2:50001",
                },
                {
                    "event": "ended",
                    "session": "01J00000000000000000000000",
                    "end": "path-lost",
                    "reason": "no way",
                },
            ])
        );
    }

    #[test]
    fn a_verdict_keeps_its_own_fields_beside_the_event() {
        let verdict = What::Verdict {
            session: "01J00000000000000000000000".parse().ok(),
            verdict: serde_json::json!({"code": "no-route", "confidence": "proven"}),
        };

        assert_eq!(
            serde_json::to_value(verdict.at(Timestamp::default())).unwrap(),
            serde_json::json!({
                "event": "verdict",
                "session": "01J00000000000000000000000",
                "code": "no-route",
                "confidence": "proven",
                "at": "1970-01-01T00:00:00.000Z",
            })
        );
    }
}
