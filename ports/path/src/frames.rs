//! Decides which frames pass: outgoing ones from a key frame on, incoming ones
//! while no frame before them is missing; and when a key frame is asked for.

use hopsight_kit::Moment;
use std::time::{Duration, Instant};

/// A request that brought no key frame is repeated.
const ASK_AGAIN: Duration = Duration::from_millis(400);

/// Outgoing frames: nothing before the first key frame, nothing after a
/// dropped frame until the next.
#[derive(Debug)]
pub(crate) struct OutgoingGate {
    needs_key: bool,
    asked: bool,
    first: Option<(Moment, Instant)>,
}

/// What is done with an outgoing frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    Send,
    Drop,
    /// Dropped, and the endpoint is to be asked for a key frame.
    DropAndAsk,
}

impl OutgoingGate {
    pub(crate) const fn new() -> Self {
        Self {
            needs_key: true,
            asked: false,
            first: None,
        }
    }

    pub(crate) const fn frame(&mut self, key: bool) -> Outgoing {
        if key {
            self.needs_key = false;
            self.asked = false;
        }
        match (self.needs_key, self.asked) {
            (false, _) => Outgoing::Send,
            (true, true) => Outgoing::Drop,
            (true, false) => {
                self.asked = true;
                Outgoing::DropAndAsk
            }
        }
    }

    /// A frame was lost on its way into the stack; the endpoint has been told.
    pub(crate) const fn interrupted(&mut self) {
        self.needs_key = true;
        self.asked = true;
    }

    /// When a frame was captured, by the clock of the stack.
    pub(crate) fn wall(&mut self, captured: Moment, now: Instant) -> Instant {
        let (first, at) = *self.first.get_or_insert((captured, now));
        at.checked_add(captured.since(first)).unwrap_or(now)
    }
}

/// The capture time on the RTP clock of 90 kHz (RFC 6184, section 5.1).
pub(crate) fn rtp_time(captured: Moment) -> u64 {
    let micros = captured.since_start().as_micros();
    u64::try_from(micros * 9 / 100).unwrap_or(u64::MAX)
}

/// Incoming frames: whole ones only, and none that builds on a missing one.
#[derive(Debug)]
pub(crate) struct IncomingGate {
    broken: bool,
    asked: Option<Instant>,
}

impl IncomingGate {
    pub(crate) const fn new() -> Self {
        Self {
            broken: true,
            asked: None,
        }
    }

    /// Whether this frame can be decoded.
    pub(crate) const fn frame(&mut self, key: bool, follows_the_last: bool) -> bool {
        if !follows_the_last {
            self.broken = true;
        }
        if key {
            self.broken = false;
            self.asked = None;
        }
        !self.broken
    }

    /// A frame was dropped behind the gate.
    pub(crate) const fn interrupted(&mut self) {
        self.broken = true;
    }

    /// The path came up: the sender begins with a key frame by itself.
    pub(crate) const fn connected(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// Whether to ask for a key frame now.
    pub(crate) fn asks(&mut self, now: Instant) -> bool {
        let due = self.due().is_some_and(|due| due <= now);
        if due {
            self.asked = Some(now);
        }
        due
    }

    /// When to ask.
    pub(crate) fn due(&self) -> Option<Instant> {
        if !self.broken {
            return None;
        }
        self.asked.map(|asked| asked + ASK_AGAIN)
    }

    /// A frame is missing: ask at once, unless that was done just now.
    pub(crate) fn missing(&mut self, now: Instant) {
        let earlier = now.checked_sub(ASK_AGAIN).unwrap_or(now);
        self.broken = true;
        self.asked.get_or_insert(earlier);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_before_the_first_key_frame_which_is_asked_for_once() {
        let mut gate = OutgoingGate::new();

        let passed = [false, false, true, false].map(|key| gate.frame(key));

        let expected = [
            Outgoing::DropAndAsk,
            Outgoing::Drop,
            Outgoing::Send,
            Outgoing::Send,
        ];
        assert_eq!(passed, expected);
    }

    #[test]
    fn the_capture_time_runs_at_90_kilohertz() {
        let captured = Moment::after_start(Duration::from_millis(2000));

        assert_eq!(rtp_time(captured), 180_000);
    }

    #[test]
    fn frames_after_a_gap_wait_for_a_key_frame() {
        let mut gate = IncomingGate::new();

        let passed = [(true, true), (false, true), (false, false), (false, true)]
            .map(|(key, follows)| gate.frame(key, follows));

        assert_eq!(passed, [true, true, false, false]);
        assert!(gate.frame(true, false));
    }

    #[test]
    fn a_missing_key_frame_is_asked_for_at_once_and_then_at_intervals() {
        let mut gate = IncomingGate::new();
        let now = Instant::now();

        gate.missing(now);

        assert!(gate.asks(now));
        assert!(!gate.asks(now + ASK_AGAIN / 2));
        assert!(gate.asks(now + ASK_AGAIN));
        gate.frame(true, true);
        assert!(!gate.asks(now + ASK_AGAIN * 9));
    }
}
