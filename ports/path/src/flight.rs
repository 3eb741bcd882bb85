//! Decides when the datagrams of a handshake leave once more. The stack repeats a
//! flight after a second and then after two; on a way that loses packets that
//! makes a handshake of seconds. A datagram that comes twice is passed over by
//! whoever has it (RFC 6347, section 4.1.2.6).

use hopsight_evidence::Pair;
use std::time::{Duration, Instant};

/// Most answers have come by now.
const AGAIN: Duration = Duration::from_millis(120);
/// From then on the stack's own repetitions are enough.
const MOST_TIMES: u8 = 8;
/// What leaves later than this after the one before belongs to another flight.
const TOGETHER: Duration = Duration::from_millis(50);
/// A flight with the longest certificate in use is shorter.
const MOST_DATAGRAMS: usize = 8;

/// Content types of DTLS (RFC 6347, section 4.1): change of cipher, handshake.
const HANDSHAKE: [u8; 2] = [20, 22];
/// Content type of what follows the handshake.
const APPLICATION: u8 = 23;

/// The newest flight of this end.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    datagrams: Vec<(Pair, Vec<u8>)>,
    newest: Option<Instant>,
    next: Option<Instant>,
    times: u8,
    is_over: bool,
}

impl Flight {
    /// A DTLS datagram of the stack left.
    pub(crate) fn left(&mut self, pair: Pair, bytes: &[u8], now: Instant) {
        let is_part = bytes.first().is_some_and(|kind| HANDSHAKE.contains(kind));
        if self.is_over || !is_part {
            return;
        }
        let is_next = self.newest.is_none_or(|newest| now > newest + TOGETHER);
        if is_next {
            self.datagrams.clear();
            self.times = 0;
        }
        if self.datagrams.len() < MOST_DATAGRAMS {
            self.datagrams.push((pair, bytes.to_vec()));
        }
        self.newest = Some(now);
        self.next = Some(now + AGAIN);
    }

    /// Something of DTLS, or of the picture, arrived: what follows the handshake
    /// shows that the other end has all of it.
    pub(crate) fn arrived(&mut self, bytes: &[u8]) {
        let is_handshake = bytes
            .first()
            .is_some_and(|kind| *kind != APPLICATION && (20..=63).contains(kind));
        if !is_handshake {
            self.is_over = true;
            self.datagrams.clear();
            self.next = None;
        }
    }

    /// The way on which it left was given up: it leaves once more on another one.
    pub(crate) fn moved(&mut self, now: Instant) {
        if !self.is_over && !self.datagrams.is_empty() {
            self.times = 0;
            self.next = Some(now + AGAIN);
        }
    }

    /// When [`Flight::due`] may have something.
    pub(crate) const fn next_wake(&self) -> Option<Instant> {
        self.next
    }

    /// What leaves once more at `now`.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<(Pair, Vec<u8>)> {
        if self.next.is_none_or(|next| next > now) {
            return Vec::new();
        }
        self.times = self.times.saturating_add(1);
        self.next = (self.times < MOST_TIMES).then(|| now + AGAIN);
        self.datagrams.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::Via;

    const HELLO: [u8; 3] = [22, 254, 253];
    const FINISHED: [u8; 3] = [22, 254, 254];
    const DATA: [u8; 3] = [23, 254, 253];

    #[test]
    fn the_newest_flight_leaves_again_until_something_shows_that_it_came() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut flight = Flight::default();
        flight.left(pair(), &HELLO, at(0));
        assert_eq!(flight.due(at(119)), []);
        assert_eq!(flight.due(at(120)), [(pair(), HELLO.to_vec())]);
        flight.arrived(&HELLO);
        flight.left(pair(), &FINISHED, at(130));

        assert_eq!(flight.due(at(250)), [(pair(), FINISHED.to_vec())]);
        flight.arrived(&DATA);
        assert_eq!(
            (flight.next_wake(), flight.due(at(900))),
            (None, Vec::new())
        );
    }

    #[test]
    fn a_flight_that_nobody_answers_is_left_to_the_stack() {
        let start = Instant::now();
        let mut flight = Flight::default();
        flight.left(pair(), &HELLO, start);

        let mut times = |from: u32| {
            let steps = from..from + 60;
            let due = steps.filter(|step| !flight.due(start + AGAIN * *step).is_empty());
            due.count()
        };
        assert_eq!(times(1), usize::from(MOST_TIMES));
    }

    #[test]
    fn a_flight_whose_way_was_given_up_leaves_anew() {
        let start = Instant::now();
        let mut flight = Flight::default();
        flight.moved(start);
        assert_eq!(flight.next_wake(), None);
        flight.left(pair(), &HELLO, start);
        for step in 1..20 {
            flight.due(start + AGAIN * step);
        }
        let later = start + AGAIN * 30;
        flight.moved(later);

        assert_eq!(flight.due(later + AGAIN), [(pair(), HELLO.to_vec())]);
    }

    fn pair() -> Pair {
        Pair {
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
            via: Via::Direct,
        }
    }
}
