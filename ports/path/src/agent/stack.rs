//! Decides what becomes of each thing that the WebRTC stack says.

use super::Agent;
use crate::output::PathOutput;
use hopsight_evidence::{DtlsStep, PathEvent};
use std::time::{Duration, Instant};
use str0m::bwe::BweKind;
use str0m::{Event, Input, Output, RtcError};

impl Agent {
    pub(super) fn input(&mut self, input: Input<'_>) {
        if let Err(error) = self.rtc.handle_input(input) {
            self.failed(&error);
        }
    }

    /// Takes everything out of the stack; returns when it wants to be woken.
    pub(super) fn drain(&mut self) -> Instant {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.end_if_dead();
                    return at;
                }
                Ok(Output::Transmit(transmit)) => self.transmit(&transmit),
                Ok(Output::Event(event)) => self.event(event),
                Err(error) => {
                    self.failed(&error);
                    // The stack may say more; not at once, lest this never ends.
                    return Instant::now() + Duration::from_millis(5);
                }
            }
        }
    }

    /// An error of the stack ends the path only if the stack says so: a stray
    /// datagram must not.
    fn failed(&mut self, error: &RtcError) {
        tracing::debug!(%error, "the stack reported an error");
        if !self.rtc.is_alive() {
            self.broken(error.to_string());
        }
    }

    fn end_if_dead(&mut self) {
        if !self.rtc.is_alive() {
            self.broken("the other end closed the connection".to_owned());
        }
    }

    fn broken(&mut self, reason: String) {
        if self.over.is_some() {
            return;
        }
        if !self.connected {
            let step = DtlsStep::Failed;
            self.see(PathEvent::Dtls { step });
        }
        self.over = Some(reason);
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the stack's own enum: it grows, and most of it is of no use here"
    )]
    fn event(&mut self, event: Event) {
        match event {
            Event::Connected => {
                let step = DtlsStep::Connected;
                self.see(PathEvent::Dtls { step });
                self.came_up();
                self.picture_wanted();
            }
            Event::IceConnectionStateChange(state) => self.ice_state(state),
            Event::MediaAdded(added) => {
                self.mid.get_or_insert(added.mid);
            }
            Event::MediaData(data) => self.receive_frame(&data),
            Event::KeyframeRequest(_) => self.outbox.put(PathOutput::KeyFrameWanted),
            Event::ChannelOpen(id, label) => self.channels.opened(id, &label),
            Event::ChannelClose(id) => self.channels.closed(id),
            Event::ChannelData(data) => {
                if let Some(channel) = self.channels.which(data.id) {
                    let bytes = data.data;
                    self.outbox.put_message(PathOutput::Data { channel, bytes });
                }
            }
            Event::EgressBitrateEstimate(BweKind::Twcc { estimate, .. }) => {
                self.estimate(estimate.as_u64());
            }
            Event::Closed => {
                self.broken("the other end closed the connection".to_owned());
            }
            _ => {}
        }
    }
}
