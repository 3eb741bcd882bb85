//! Reads claims from a body that anybody may have written, and sees which way
//! the picture takes. Which claims an observer may make is decided by
//! `evidence`.

use hopsight_evidence::{CandidateKind, Claim, Fact, Observation, Via};
use serde_json::Value;
use std::net::SocketAddr;

/// So many claims are taken from one message.
const MOST_CLAIMS: usize = 1000;

/// The claims in a body. What cannot be read is left out and counted in the log.
pub(super) fn claims_in(body: &[u8]) -> Vec<Claim> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(list) = value.get("claims").and_then(Value::as_array) else {
        tracing::info!("dropped a message with facts that is no list of claims");
        return Vec::new();
    };
    let claims: Vec<Claim> = list
        .iter()
        .take(MOST_CLAIMS)
        .filter_map(|one| serde_json::from_value(one.clone()).ok())
        .collect();
    if claims.len() < list.len() {
        let dropped = list.len() - claims.len();
        tracing::info!(dropped, "dropped claims that cannot be read");
    }
    claims
}

/// `direct/udp`, `relay/tcp` and so on: the worst that either end reports,
/// because a pair is direct only if no relay stands at either end.
pub(super) fn path_taken(facts: &[Fact]) -> Option<String> {
    let chosen: Vec<_> = facts
        .iter()
        .filter_map(|fact| {
            let Observation::PathChosen { pair } = &fact.observation else {
                return None;
            };
            Some(*pair)
        })
        .collect();
    chosen.first()?;
    let through = chosen.iter().find_map(|pair| match pair.via {
        Via::Relay(transport) => Some(format!("relay/{transport}")),
        Via::Direct => None,
    });
    let far_relay = chosen.iter().any(|pair| is_relayed(facts, pair.remote));
    Some(match through {
        Some(path) => path,
        None if far_relay => "relay/udp".to_owned(),
        None => "direct/udp".to_owned(),
    })
}

fn is_relayed(facts: &[Fact], address: SocketAddr) -> bool {
    facts.iter().any(|fact| {
        matches!(
            &fact.observation,
            Observation::Candidate { kind: CandidateKind::Relayed, address: known, .. }
                if *known == address
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_cannot_be_read_does_not_take_the_others_with_it() {
        let body = br#"{"claims":[
            {"at":2,"fact":"first-frame","after_ms":7},
            {"at":3,"fact":"no-such-fact"},
            "nonsense"]}"#;

        let expected = Claim {
            at: hopsight_kit::Timestamp::from_unix_micros(2),
            observation: Observation::FirstFrame { after_ms: 7 },
        };
        assert_eq!(claims_in(body), [expected]);
        assert_eq!(claims_in(b"\xff{"), []);
    }
}
