//! Decides what the relay's own probes look like: STUN Binding indications (RFC
//! 8489, section 5), which nobody answers, whose transaction id is the hop limit
//! under which they leave and a token that only the relay knows.

use crate::message::{Class, Message, Method, TransactionId, Writer};

/// Hop limits from 1 to this are tried.
pub const HIGHEST_HOP_LIMIT: u8 = 10;

/// The probe that leaves with `hop_limit`.
#[must_use]
pub fn trace_probe(token: [u8; 11], hop_limit: u8) -> Vec<u8> {
    let mut transaction = [hop_limit; 12];
    for (into, from) in transaction.iter_mut().skip(1).zip(token) {
        *into = from;
    }
    Writer::new(
        Class::Indication,
        Method::Binding,
        TransactionId(transaction),
    )
    .finish()
}

/// With which hop limit a quoted probe of this token left; none when it is no
/// such probe.
#[must_use]
pub fn hop_limit_of(token: [u8; 11], quoted: &[u8]) -> Option<u8> {
    let message = Message::read(quoted.get(..20)?).ok()?;
    let [hop_limit, rest @ ..] = message.transaction().0;
    (rest == token && (1..=HIGHEST_HOP_LIMIT).contains(&hop_limit)).then_some(hop_limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_probe_tells_its_hop_limit_and_a_forged_one_nothing() {
        let token = [7; 11];

        assert_eq!(hop_limit_of(token, &trace_probe(token, 3)), Some(3));
        assert_eq!(hop_limit_of(token, &trace_probe([8; 11], 3)), None);
        assert_eq!(hop_limit_of(token, &trace_probe(token, 11)), None);
        assert_eq!(hop_limit_of(token, b"\x00\x11\x00"), None);
    }
}
