//! Decides what a probe is: a STUN Binding indication (RFC 8489, section 5) on
//! the path of a check, signed as checks are, whose transaction id tells what it
//! is for.
//!
//! An indication asks for no answer. A router that lets its hop limit run out
//! quotes the transaction id; the other end tells by the signature that it
//! came from its peer. What the answers mean is left to `diagnosis`.

use crate::tap::Credentials;
use hopsight_evidence::Pace;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use stun_types::attribute::{AttributeType, RawAttribute, Username};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, Message, MessageClass, MessageType, MessageWriteVec,
    ShortTermCredentials, TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

/// More probes than this do not wait: the plan asks for far fewer.
const MOST_WAITING: usize = 64;

/// A hop limit that no way uses up, as systems set it.
const FAR: u8 = 64;

/// Filling that whoever does not know it passes over (RFC 8489, section 14:
/// comprehension-optional, not assigned).
const FILLING: u16 = 0xC0F1;

/// What one probe is to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Which router answers at this hop limit.
    Hop(u8),
    /// Which router answers at this hop limit when so many bytes, IP header
    /// included, come in one piece.
    LargeHop(u8, u16),
    /// Whether so many bytes, IP header included, pass in one piece.
    Size(u16),
    /// Whether a small datagram of a run arrives.
    Run(Pace),
    /// Whether a small datagram arrives that leaves from another port.
    OtherPort,
    /// Nothing: the other end is told that this one gives the pair up.
    Farewell,
}

impl Kind {
    /// How long the next probe waits. Routers answer a burst of about six and
    /// then one a second; one probe a router and round stays below that.
    const fn spacing(self) -> Duration {
        Duration::from_millis(match self {
            Self::Hop(_) | Self::LargeHop(..) => 15,
            Self::Farewell => 10,
            Self::Size(_) | Self::OtherPort => 20,
            Self::Run(Pace::Slow) => 50,
            Self::Run(Pace::Burst) => 1,
        })
    }

    /// The first eight bytes of the transaction id.
    const fn tag(self) -> [u8; 8] {
        match self {
            Self::Hop(limit) => [limit, b'p', b'r', b'o', b'b', b'e', b'-', b'-'],
            Self::OtherPort => Self::Hop(FAR).tag(),
            Self::LargeHop(limit, _) => [limit, b'l', b'a', b'r', b'g', b'e', b'-', b'-'],
            Self::Size(_) => *b"\0sizes--",
            Self::Run(Pace::Slow) => *b"\0slow---",
            Self::Run(Pace::Burst) => *b"\0burst--",
            Self::Farewell => *b"\0leave--",
        }
    }

    /// What a probe of the other end was for, by its transaction id and its
    /// size with IP header.
    pub(crate) fn read(id: [u8; 12], size: u16) -> Option<Self> {
        let [limit, name @ .., _, _, _, _] = id;
        match &name {
            b"probe--" => Some(Self::Hop(limit)),
            b"large--" => Some(Self::LargeHop(limit, size)),
            b"sizes--" => Some(Self::Size(size)),
            b"slow---" => Some(Self::Run(Pace::Slow)),
            b"burst--" => Some(Self::Run(Pace::Burst)),
            b"leave--" => Some(Self::Farewell),
            _ => None,
        }
    }
}

/// A datagram's size with IP and UDP header.
pub(crate) fn size_with_headers(address: IpAddr, length: usize) -> u16 {
    u16::try_from(length + headers(address)).unwrap_or(u16::MAX)
}

const fn headers(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(_) => 28,
        IpAddr::V6(_) => 48,
    }
}

/// One probe that is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) kind: Kind,
}

/// Probes that wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    waiting: VecDeque<Probe>,
    next: Option<Instant>,
    count: u32,
}

impl Probes {
    pub(crate) fn add(&mut self, probes: impl IntoIterator<Item = Probe>, now: Instant) {
        self.waiting.extend(probes);
        self.waiting.truncate(MOST_WAITING);
        self.next.get_or_insert(now);
    }

    /// When [`Probes::due`] has the next one.
    pub(crate) fn next_wake(&self) -> Option<Instant> {
        self.next.filter(|_| !self.waiting.is_empty())
    }

    /// The probe that leaves now, and its number.
    pub(crate) fn due(&mut self, now: Instant) -> Option<(Probe, u32)> {
        if self.next.is_some_and(|next| next > now) {
            return None;
        }
        let probe = self.waiting.pop_front();
        self.next = probe.map(|probe| now + probe.kind.spacing());
        self.count = self.count.saturating_add(1);
        probe.map(|probe| (probe, self.count))
    }
}

/// The bytes of a probe; `None` when the names do not fit into STUN.
pub(crate) fn written(
    probe: Probe,
    number: u32,
    near: &Credentials,
    far: &Credentials,
) -> Option<Vec<u8>> {
    let bare = filled(probe.kind, number, near, far, None)?;
    let (Kind::Size(size) | Kind::LargeHop(_, size)) = probe.kind else {
        return Some(bare);
    };
    let room = usize::from(size).checked_sub(headers(probe.remote.ip()) + bare.len())?;
    filled(probe.kind, number, near, far, room.checked_sub(4))
}

fn filled(
    kind: Kind,
    number: u32,
    near: &Credentials,
    far: &Credentials,
    filling: Option<usize>,
) -> Option<Vec<u8>> {
    let class = MessageType::from_class_method(MessageClass::Indication, BINDING);
    let mut id = [0; 16];
    let (_, tail) = id.split_at_mut(4);
    let (tag, count) = tail.split_at_mut(8);
    tag.copy_from_slice(&kind.tag());
    count.copy_from_slice(&number.to_be_bytes());
    let id = TransactionId::from(u128::from_be_bytes(id));
    let mut message = Message::builder(class, id, MessageWriteVec::new());
    let user = Username::new(&format!("{}:{}", far.ufrag, near.ufrag)).ok()?;
    message.add_attribute(&user).ok()?;
    if let Some(length) = filling {
        let zeros = vec![0; length].into_boxed_slice();
        let filling = RawAttribute::new_owned(AttributeType::new(FILLING), zeros);
        message.add_attribute(&filling).ok()?;
    }
    let password = ShortTermCredentials::new(far.password.clone());
    message
        .add_message_integrity(&password.into(), IntegrityAlgorithm::Sha1)
        .ok()?;
    Some(message.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_leave_one_after_another() {
        let now = Instant::now();
        let mut probes = Probes::default();
        let (one, two) = (probe(Kind::Hop(1)), probe(Kind::Hop(2)));
        probes.add([one, two], now);
        let later = now + Kind::Hop(1).spacing();

        assert_eq!(probes.due(now), Some((one, 1)));
        assert_eq!(probes.due(now), None);
        assert_eq!(probes.next_wake(), Some(later));
        assert_eq!(probes.due(later), Some((two, 2)));
        assert_eq!(probes.next_wake(), None);
    }

    #[test]
    fn what_leaves_has_the_size_that_was_asked_for_and_says_what_it_is() {
        let end = |name: &str| Credentials {
            ufrag: name.to_owned(),
            password: "secret-secret-secret-secret".to_owned(),
        };
        let kinds = [
            Kind::Hop(7),
            Kind::LargeHop(3, 1228),
            Kind::Size(576),
            Kind::Size(1500),
            Kind::Run(Pace::Slow),
            Kind::Run(Pace::Burst),
            Kind::Farewell,
            Kind::Hop(FAR),
        ];
        for kind in kinds {
            let bytes = written(probe(kind), 3, &end("near"), &end("away")).unwrap();
            let size = size_with_headers(IpAddr::from([10, 0, 0, 2]), bytes.len());
            let id = crate::tap::transaction(&bytes).unwrap();

            assert_eq!(Kind::read(id, size), Some(kind));
        }
        assert_eq!(Kind::OtherPort.tag(), Kind::Hop(FAR).tag());
    }

    fn probe(kind: Kind) -> Probe {
        Probe {
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
            kind,
        }
    }
}
