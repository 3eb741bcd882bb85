//! Decides how pictures pass between the endpoint and the stack.

use super::Agent;
use crate::frames::{Outgoing, rtp_time};
use crate::output::{EncodedFrame, PathOutput};
use crate::settings::Media;
use hopsight_evidence::PathEvent;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaData, MediaTime, Pt};
use str0m::rtp::StreamTxQueueInfo;

/// Pictures that wait longer in front of the path are late.
const LATE: Duration = Duration::from_millis(250);

impl Agent {
    /// The path came up: the first picture must be complete in itself.
    pub(super) fn picture_wanted(&mut self) {
        if self.media == Media::Send {
            self.outgoing.interrupted();
            self.outbox.put(PathOutput::KeyFrameWanted);
        }
    }

    pub(super) fn send_frame(&mut self, frame: &EncodedFrame) {
        if self.media != Media::Send || !self.connected || self.stop.is_stopped() {
            return;
        }
        match self.outgoing.frame(frame.key) {
            Outgoing::Send => {}
            Outgoing::Drop => return,
            Outgoing::DropAndAsk => {
                self.outbox.put(PathOutput::KeyFrameWanted);
                return;
            }
        }
        if self.write(frame).is_some() {
            self.frames_written = true;
        } else {
            self.outgoing.interrupted();
            self.outbox.put(PathOutput::KeyFrameWanted);
        }
        self.drain();
        self.input(str0m::Input::Timeout(Instant::now()));
    }

    fn write(&mut self, frame: &EncodedFrame) -> Option<()> {
        let at = self.outgoing.wall(frame.captured, Instant::now());
        let payload_type = self.payload_type()?;
        let writer = self.rtc.writer(self.mid?)?;
        let time = MediaTime::from_90khz(rtp_time(frame.captured));
        // As soon as possible: a screen has no rhythm that a delay could save.
        let (least, most) = (MediaTime::ZERO, MediaTime::ZERO);
        writer
            .playout_delay(least, most)
            .write(payload_type, at, time, frame.bytes.as_slice())
            .map_err(|error| tracing::debug!(%error, "the stack took no frame"))
            .ok()
    }

    fn payload_type(&mut self) -> Option<Pt> {
        let writer = self.rtc.writer(self.mid?)?;
        let h264 = writer
            .payload_params()
            .find(|params| params.spec().codec == Codec::H264);
        h264.map(str0m::format::PayloadParams::pt)
    }

    /// Notes whether more waits than the path carries in a moment; returns when
    /// to look again. Looks also when no frame comes: an endpoint that skips
    /// pictures must learn that it may go on.
    pub(super) fn watch_congestion(&mut self, now: Instant) -> Option<Instant> {
        let mid = self.mid.filter(|_| self.frames_written)?;
        let mut api = self.rtc.direct_api();
        let queue = api
            .stream_tx_by_mid(mid, None)
            .and_then(|stream| stream.queue_info());
        // An old sample tells of a queue that is long empty.
        let oldest = queue
            .filter(|queue| now.saturating_duration_since(queue.created_at()) < LATE)
            .and_then(StreamTxQueueInfo::first_unsent);
        let late = oldest.is_some_and(|oldest| now.saturating_duration_since(oldest) > LATE);
        self.congested.store(late, Ordering::Relaxed);
        late.then(|| now + LATE)
    }

    /// A datagram of the picture left.
    pub(super) fn picture_left(&mut self) {
        if self.frames_written && !self.first_frame {
            self.first_frame = true;
            self.see(PathEvent::FirstFrame);
        }
    }

    pub(super) fn receive_frame(&mut self, data: &MediaData) {
        let key = data.is_keyframe();
        if !self.received.frame(key, data.contiguous) {
            self.received.missing(Instant::now());
            return;
        }
        if !self.outbox.put_frame(data.data.to_vec(), key) {
            self.received.interrupted();
            return;
        }
        if !self.first_frame {
            self.first_frame = true;
            self.see(PathEvent::FirstFrame);
        }
    }

    pub(super) fn request_key_frame(&mut self) {
        let Some(mut writer) = self.mid.and_then(|mid| self.rtc.writer(mid)) else {
            return;
        };
        // An error means that no packet of the picture has arrived yet.
        if let Err(error) = writer.request_keyframe(None, KeyframeRequestKind::Pli) {
            tracing::debug!(%error, "asked for no key frame");
        }
    }

    /// A new estimate; small changes are kept from the endpoint.
    pub(super) fn estimate(&mut self, bits: u64) {
        if self.media != Media::Send || bits.abs_diff(self.bitrate) < self.bitrate / 20 {
            return;
        }
        self.bitrate = bits;
        self.outbox.put(PathOutput::Bitrate(bits));
    }
}
