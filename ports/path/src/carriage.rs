//! Decides whether the chosen pair carries what it was chosen for: when it has
//! stopped, and when a direct one that answers checks brings no picture.

use hopsight_evidence::{Pair, Via};
use std::time::{Duration, Instant};

/// A handshake whose first flight was lost has been repeated by now.
const HANDSHAKE: Duration = Duration::from_millis(2000);
/// A picture whose packets are lost has been asked for anew several times.
const PICTURE: Duration = Duration::from_millis(1700);
/// Checks that nobody answers for so long, while nothing else arrives either.
const SILENCE: Duration = Duration::from_millis(2000);
/// One lost check may be chance.
const MOST_CHECKS: u32 = 2;

/// What the chosen pair has carried.
#[derive(Debug)]
pub(crate) struct Carriage {
    pub(crate) pair: Pair,
    since: Instant,
    first: Option<Instant>,
    last: Option<Instant>,
    unanswered: Option<(Instant, u32)>,
    is_stop_told: bool,
}

/// What the path has come to, as far as the pair is judged by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// When ICE and DTLS came up.
    pub(crate) connected: Option<Instant>,
    /// Packets of a picture arrive, and none was ever whole.
    pub(crate) in_pieces: bool,
}

impl Carriage {
    /// Chosen from now on.
    pub(crate) const fn new(pair: Pair, now: Instant) -> Self {
        Self {
            pair,
            since: now,
            first: None,
            last: None,
            unanswered: None,
            is_stop_told: false,
        }
    }

    /// A check left on this pair.
    pub(crate) fn checked(&mut self, now: Instant) {
        let (first, count) = self.unanswered.unwrap_or((now, 0));
        self.unanswered = Some((first, count.saturating_add(1)));
    }

    /// Something arrived on this pair.
    pub(crate) fn arrived(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.unanswered = None;
        self.is_stop_told = false;
    }

    /// How long the pair carried packets and for how long it no longer does;
    /// told once for each time that it stops.
    pub(crate) fn stopped(&mut self, now: Instant) -> Option<(Duration, Duration)> {
        let (first, last) = self.first.zip(self.last)?;
        let is_due = self.stops_at().is_some_and(|at| at <= now);
        let is_news = is_due && !std::mem::replace(&mut self.is_stop_told, is_due);
        is_news.then(|| (last - first, now - last))
    }

    /// Whether a direct pair is of no use.
    pub(crate) fn is_useless(&self, standing: Standing, now: Instant) -> bool {
        self.useless_at(standing).is_some_and(|at| at <= now)
    }

    /// When to look again.
    pub(crate) fn next_wake(&self, standing: Standing) -> Option<Instant> {
        let stops = self.stops_at().filter(|_| !self.is_stop_told);
        stops.into_iter().chain(self.useless_at(standing)).min()
    }

    fn stops_at(&self) -> Option<Instant> {
        let (first, count) = self.unanswered?;
        self.last?;
        (count >= MOST_CHECKS).then(|| first + SILENCE)
    }

    fn useless_at(&self, standing: Standing) -> Option<Instant> {
        let at = match standing.connected {
            None => Some(self.since + HANDSHAKE),
            Some(connected) if standing.in_pieces => Some(connected.max(self.since) + PICTURE),
            Some(_) => None,
        };
        at.filter(|_| self.pair.via == Via::Direct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_stopped_when_two_checks_wait_and_nothing_else_comes() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut carriage = Carriage::new(pair(), start);
        carriage.arrived(at(0));
        carriage.arrived(at(5000));
        carriage.checked(at(5100));
        assert_eq!(carriage.stopped(at(9000)), None);
        carriage.checked(at(6100));

        let told = Some((Duration::from_millis(5000), Duration::from_millis(2100)));
        assert_eq!(carriage.stopped(at(7099)), None);
        assert_eq!(carriage.stopped(at(7100)), told);
        assert_eq!(carriage.stopped(at(9000)), None);
    }

    #[test]
    fn a_direct_pair_is_useless_without_a_handshake_or_with_pieces_of_a_picture_only() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let carriage = Carriage::new(pair(), start);
        let standing = |connected: Option<u64>, in_pieces| Standing {
            connected: connected.map(at),
            in_pieces,
        };

        assert!(!carriage.is_useless(standing(None, false), at(1999)));
        assert!(carriage.is_useless(standing(None, false), at(2000)));
        assert!(!carriage.is_useless(standing(Some(100), false), at(60_000)));
        assert!(carriage.is_useless(standing(Some(100), true), at(1800)));
    }

    fn pair() -> Pair {
        Pair {
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
            via: Via::Direct,
        }
    }
}
