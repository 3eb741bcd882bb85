//! Decides what waits for an endpoint that does not read: everything it must
//! know, a bounded number of events and frames, never more.

use crate::limiter::Limiter;
use crate::output::PathOutput;
use hopsight_evidence::PathEvent;
use hopsight_kit::Timestamp;
use std::collections::VecDeque;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

/// What the endpoint may be behind with.
pub(crate) const CHANNEL: usize = 256;
const MOST_EVENTS: usize = 2048;
const MOST_FRAMES: usize = 30;
const MOST_MESSAGES: usize = 256;

/// Outputs on their way to the endpoint.
#[derive(Debug)]
pub(crate) struct Outbox {
    sender: mpsc::Sender<PathOutput>,
    waiting: VecDeque<PathOutput>,
    limiter: Limiter,
}

impl Outbox {
    pub(crate) fn new(sender: mpsc::Sender<PathOutput>, now: Instant) -> Self {
        Self {
            sender,
            waiting: VecDeque::new(),
            limiter: Limiter::new(now),
        }
    }

    /// Takes an output that the endpoint must get.
    pub(crate) fn put(&mut self, output: PathOutput) {
        self.waiting.push_back(output);
        self.flush();
    }

    /// Takes a frame; false if it had to be dropped.
    pub(crate) fn put_frame(&mut self, bytes: Vec<u8>, key: bool) -> bool {
        let room = self.count(|output| matches!(output, PathOutput::Frame { .. })) < MOST_FRAMES;
        if room {
            self.put(PathOutput::Frame { bytes, key });
        }
        room
    }

    /// Takes a message of the other end; dropped when nobody reads.
    pub(crate) fn put_message(&mut self, output: PathOutput) {
        if self.count(|output| matches!(output, PathOutput::Data { .. })) < MOST_MESSAGES {
            self.put(output);
        }
    }

    /// Takes an event, or counts it as omitted.
    pub(crate) fn event(&mut self, event: PathEvent, now: Instant) {
        if self.waiting.len() >= MOST_EVENTS {
            self.limiter.omit();
            return;
        }
        if !self.limiter.admit(now) {
            return;
        }
        if let Some(count) = self.limiter.take_omitted() {
            self.put(PathOutput::Event(wall(), PathEvent::Omitted { count }));
        }
        self.put(PathOutput::Event(wall(), event));
    }

    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A place in the channel; `None` when the endpoint is gone.
    pub(crate) async fn room(sender: mpsc::Sender<PathOutput>) -> bool {
        sender.reserve().await.is_ok()
    }

    pub(crate) fn sender(&self) -> mpsc::Sender<PathOutput> {
        self.sender.clone()
    }

    /// Hands over what fits.
    pub(crate) fn flush(&mut self) {
        while let Some(output) = self.waiting.pop_front() {
            if let Err(error) = self.sender.try_send(output) {
                if let mpsc::error::TrySendError::Full(output) = error {
                    self.waiting.push_front(output);
                }
                return;
            }
        }
    }

    fn count(&self, which: impl Fn(&PathOutput) -> bool) -> usize {
        self.waiting.iter().filter(|output| which(output)).count()
    }
}

fn wall() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
