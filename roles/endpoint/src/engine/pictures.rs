//! What paths tell, and how pictures pass: from one producer to every path
//! that somebody watches on, from a path to the decoder.

use super::Engine;
use crate::call::{Call, CallKey};
use crate::consumer::{Consumer, Seen};
use crate::error::EndpointError;
use crate::event::{End, What};
use crate::producer::{ProduceError, Produced, Producer};
use hopsight_evidence::{CaptureState, Observation, PathEvent, Side};
use hopsight_kit::Moment;
use hopsight_path::{Channel, ChosenPath, EncodedFrame, PathKind, PathOutput, SendError};
use hopsight_screen::CursorState;
use hopsight_session::endpoint::{Event, PathKind as KindUsed, PathUsed};
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often a held producer looks whether the paths are free again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// More of a system's words is not told.
const LONGEST_TEXT: usize = 200;

/// Where pictures are made, while somebody watches.
#[derive(Debug, Default)]
pub(crate) struct Studio {
    producer: Option<Producer>,
    pub(super) produced: Option<mpsc::Receiver<Produced>>,
    size: (usize, usize),
    pointer: Option<(i32, i32)>,
    is_held: bool,
}

/// Where pictures are shown.
#[derive(Debug, Default)]
pub(crate) struct Theatre {
    consumer: Option<Consumer>,
    pub(super) seen: Option<mpsc::Receiver<Seen>>,
    call: Option<CallKey>,
}

impl Studio {
    pub(super) fn next_wake(&self, now: Moment) -> Option<Moment> {
        self.is_held.then(|| now + LOOK_AGAIN)
    }

    fn is_open(&self) -> bool {
        self.producer.is_some()
    }

    fn want_key_frame(&self) {
        if let Some(producer) = &self.producer {
            producer.want_key_frame();
        }
    }

    /// The pointer as the other end reads it: pixels of the picture.
    fn pointer_message(&self) -> Option<Vec<u8>> {
        let (x, y) = self.pointer?;
        let is_within =
            |place: i32, length: usize| usize::try_from(place).is_ok_and(|place| place < length);
        let visible = is_within(x, self.size.0) && is_within(y, self.size.1);
        serde_json::to_vec(&json!({"x": x, "y": y, "visible": visible})).ok()
    }
}

impl Theatre {
    /// Whether everything that was shown is dealt with.
    pub(super) const fn is_empty(&self) -> bool {
        self.seen.is_none()
    }
}

impl Engine {
    pub(super) fn path(&mut self, key: CallKey, output: PathOutput) {
        let now = self.clock.now();
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        match output {
            PathOutput::Trickle(fragment) => self.trickle(key, &fragment),
            PathOutput::Connected(path) | PathOutput::PathChanged(path) => {
                self.path_found(key, path);
            }
            PathOutput::Frame { bytes, key: is_key } => self.arrived(key, bytes, is_key),
            PathOutput::KeyFrameWanted => self.running.studio.want_key_frame(),
            PathOutput::Bitrate(bits) => {
                call.bitrate = Some(bits);
                self.keep_to_the_least();
            }
            PathOutput::Data { channel, bytes } => {
                let bytes = bytes.len();
                tracing::trace!(
                    channel = channel.label(),
                    bytes,
                    "a message of the other end"
                );
            }
            PathOutput::Event(seen_at, event) => {
                if let PathEvent::PicturePackets { sent, received } = event {
                    call.tally.sent_packets = sent;
                    call.tally.received_packets = received;
                }
                call.plan.note(&event, now);
                call.reporter.record(seen_at, event, now);
            }
            PathOutput::Closed { reason } => call.path_closed(reason, now),
        }
    }

    fn path_found(&mut self, key: CallKey, path: ChosenPath) {
        let now = self.clock.now();
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let was_connected = std::mem::replace(&mut call.is_connected, true);
        let (kind, word) = match path.kind {
            PathKind::Direct => (KindUsed::Direct, "direct"),
            PathKind::Relay => (KindUsed::Relay, "relay"),
        };
        if path.kind == PathKind::Direct {
            call.direct_since.get_or_insert(now);
        } else {
            call.direct_since = None;
        }
        let session = call.session.clone();
        if let Some(session) = session.filter(|_| !self.is_silent(key)) {
            self.tell(What::Path {
                session,
                kind: word,
                transport: path.transport,
                local: path.pair.local,
                remote: path.pair.remote,
            });
        }
        let transport = path.transport;
        self.happened(key, Event::PathOpened(PathUsed { kind, transport }));
        if !was_connected {
            self.open_or_close_studio();
            self.running.studio.want_key_frame();
            self.show_pointer(key);
        }
    }

    pub(super) fn start_media(&mut self, key: CallKey, side: Side) {
        if let Some(call) = self.running.calls.get_mut(&key) {
            call.may_flow = true;
        }
        match side {
            Side::Sharer => self.open_or_close_studio(),
            Side::Viewer => self.open_theatre(key),
        }
    }

    pub(super) fn end_media(&mut self, key: CallKey) {
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        call.may_flow = false;
        if let Some(path) = call.path.take() {
            self.close(path);
        }
        self.open_or_close_studio();
        if self.running.theatre.call == Some(key) {
            self.running.theatre.consumer = None;
            self.running.theatre.call = None;
        }
    }

    /// Captures exactly while somebody watches.
    fn open_or_close_studio(&mut self) {
        let is_wanted = self.running.calls.values().any(Call::is_watched);
        if !is_wanted {
            self.running.studio = Studio::default();
        }
        if !is_wanted || self.running.studio.is_open() || self.running.ending.is_some() {
            return;
        }
        let Some(source) = self.plan.source() else {
            return;
        };
        match Producer::start(source, self.clock) {
            Ok((producer, produced)) => {
                self.running.studio = Studio {
                    producer: Some(producer),
                    produced: Some(produced),
                    ..Studio::default()
                };
                self.keep_to_the_least();
            }
            Err(error) => self.capture_lost(error),
        }
    }

    pub(super) fn produced(&mut self, produced: Option<Produced>) {
        match produced {
            Some(Produced::Frame(frame, size)) => {
                self.capture_is(CaptureState::Running, "");
                self.send_picture(&frame, size);
            }
            Some(Produced::Cursor(pointer)) => self.pointer_moved(&pointer),
            Some(Produced::Failed(error)) => self.capture_lost(error),
            None => self.running.studio = Studio::default(),
        }
    }

    fn send_picture(&mut self, frame: &EncodedFrame, size: (usize, usize)) {
        self.running.studio.size = size;
        let now = self.clock.now();
        let mut is_key_wanted = false;
        let mut first = Vec::new();
        for (key, call) in &mut self.running.calls {
            if !call.is_watched() {
                continue;
            }
            call.tally.encoded += 1;
            if call.needs_key && !frame.key {
                continue;
            }
            let Some(path) = &call.path else {
                continue;
            };
            match path.send_frame(frame.clone()) {
                Ok(()) => {
                    call.needs_key = false;
                    call.counted.bytes += frame.bytes.len() as u64;
                    call.counted.picture(size, None, now);
                    first.extend((!call.has_picture).then_some(*key));
                }
                Err(SendError::Full) => {
                    call.needs_key = true;
                    is_key_wanted = true;
                }
                Err(SendError::Closed | SendError::TooLong) => {}
            }
        }
        for key in first {
            self.first_picture(key);
        }
        if is_key_wanted {
            self.running.studio.want_key_frame();
        }
    }

    fn pointer_moved(&mut self, pointer: &CursorState) {
        self.running.studio.pointer = Some((pointer.x, pointer.y));
        for key in self.keys() {
            self.show_pointer(key);
        }
    }

    fn show_pointer(&self, key: CallKey) {
        let call = self
            .running
            .calls
            .get(&key)
            .filter(|call| call.is_watched());
        let Some(path) = call.and_then(|call| call.path.as_ref()) else {
            return;
        };
        if let Some(message) = self.running.studio.pointer_message() {
            let sent = path.send_data(Channel::Cursor, message);
            if let Err(error) = sent {
                tracing::trace!(%error, "a place of the pointer is left out; the next one follows");
            }
        }
    }

    fn keep_to_the_least(&self) {
        let calls = self.running.calls.values();
        let least = calls
            .filter(|call| call.is_watched())
            .filter_map(|call| call.bitrate)
            .min();
        if let Some((producer, bits)) = self.running.studio.producer.as_ref().zip(least) {
            producer.keep_to(bits);
        }
    }

    /// A picture that one path cannot carry in time is made for nobody.
    pub(super) fn watch_congestion(&mut self) {
        let mut watched = self.running.calls.values().filter(|call| call.is_watched());
        let is_held =
            watched.any(|call| call.path.as_ref().is_some_and(|path| path.is_congested()));
        if let Some(producer) = &self.running.studio.producer {
            producer.hold(is_held);
            self.running.studio.is_held = is_held;
        }
    }

    /// What is shared is gone: every session ends, and so does the share.
    fn capture_lost(&mut self, error: ProduceError) {
        self.running.studio = Studio::default();
        let sentence = error.to_string();
        if let Some(state) = error.capture_state() {
            self.capture_is(state, &sentence);
        }
        self.decide(Err(EndpointError::Produce(error)));
        for key in self.keys() {
            if let Some(call) = self.running.calls.get_mut(&key) {
                call.note = Some((End::CaptureLost, sentence.clone()));
            }
            self.path_lost(key, "the desktop can no longer be shown".to_owned());
        }
        self.stop_sessions();
    }

    /// How the capture goes is told of every call.
    fn capture_is(&mut self, state: CaptureState, text: &str) {
        let text: String = text.chars().take(LONGEST_TEXT).collect();
        for key in self.keys() {
            let text = text.clone();
            self.observed(key, Observation::Capture { state, text });
        }
    }

    /// Brings the numbers of pictures up to date before they are told.
    pub(super) fn count_pictures(&mut self, key: CallKey) {
        let producer = self.running.studio.producer.as_ref();
        let made = producer.map(|producer| (producer.captured(), producer.is_uniform()));
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        if let Some((captured, is_uniform)) = made {
            call.tally.captured = captured;
            call.tally.is_uniform = is_uniform;
        }
        if let Some(observation) = call.tally.observation() {
            self.observed(key, observation);
        }
    }

    fn open_theatre(&mut self, key: CallKey) {
        let folder = self.plan.save_into().map(std::path::Path::to_path_buf);
        match Consumer::start(folder) {
            Ok((consumer, seen)) => {
                self.running.theatre = Theatre {
                    consumer: Some(consumer),
                    seen: Some(seen),
                    call: Some(key),
                };
            }
            Err(error) => self.end(Err(EndpointError::Decoder(error))),
        }
    }

    fn arrived(&mut self, key: CallKey, bytes: Vec<u8>, is_key: bool) {
        let Some(call) = self
            .running
            .calls
            .get_mut(&key)
            .filter(|call| call.may_flow)
        else {
            return;
        };
        let Some(consumer) = &self.running.theatre.consumer else {
            return;
        };
        if call.needs_key && !is_key {
            return;
        }
        call.counted.bytes += bytes.len() as u64;
        call.tally.received += 1;
        call.needs_key = !consumer.decode(bytes);
        if call.needs_key {
            ask_for_key_frame(call);
        }
    }

    pub(super) fn seen(&mut self, seen: Option<Seen>) {
        let now = self.clock.now();
        let Some(seen) = seen else {
            self.running.theatre = Theatre::default();
            return;
        };
        let key = self.running.theatre.call;
        let call = key.and_then(|key| self.running.calls.get_mut(&key));
        match (seen, key, call) {
            (Seen::Picture { size, counter }, Some(key), Some(call)) => {
                call.tally.decoded += 1;
                call.counted.picture(size, counter, now);
                if !call.has_picture {
                    self.first_picture(key);
                    self.save_picture(key);
                }
            }
            (Seen::KeyFrameWanted, _, Some(call)) => ask_for_key_frame(call),
            (Seen::Saved(file), _, _) => tracing::debug!(file = %file.display(), "saved a picture"),
            (Seen::NotSaved(problem), _, _) => tracing::warn!(problem, "a picture was not saved"),
            (Seen::Picture { .. } | Seen::KeyFrameWanted, _, _) => {}
        }
    }

    pub(super) fn save_picture(&self, key: CallKey) {
        let theatre = &self.running.theatre;
        if let Some(consumer) = theatre
            .consumer
            .as_ref()
            .filter(|_| theatre.call == Some(key))
        {
            consumer.save();
        }
    }

    fn first_picture(&mut self, key: CallKey) {
        let now = self.clock.now();
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        call.has_picture = true;
        let since = now.since(call.answered.unwrap_or(now));
        if let Some(session) = call.session.clone() {
            self.tell(What::FirstFrame {
                session,
                after_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            });
        }
    }
}

fn ask_for_key_frame(call: &Call) {
    let asked = call.path.as_ref().map(|path| {
        if call.has_picture {
            path.request_key_frame()
        } else {
            path.nothing_shown()
        }
    });
    if let Some(Err(error)) = asked {
        tracing::debug!(%error, "asked for no key frame");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_outside_the_picture_is_not_visible() {
        let message = |pointer| {
            let studio = Studio {
                size: (1280, 720),
                pointer,
                ..Studio::default()
            };
            let bytes = studio.pointer_message()?;
            serde_json::from_slice::<serde_json::Value>(&bytes).ok()
        };

        let inside = json!({"x": 10, "y": 719, "visible": true});
        assert_eq!(message(Some((10, 719))), Some(inside));
        let outside = json!({"x": -1, "y": 5, "visible": false});
        assert_eq!(message(Some((-1, 5))), Some(outside));
        assert_eq!(message(None), None);
    }
}
