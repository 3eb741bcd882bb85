//! Decides what becomes of each thing that the WebRTC stack says.

use super::Agent;
use crate::output::PathOutput;
use crate::settings::Media;
use hopsight_evidence::{DtlsStep, PathEvent};
use std::time::{Duration, Instant};
use str0m::bwe::BweKind;
use str0m::stats::PeerStats;
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
        let is_mismatch = matches!(error, RtcError::RemoteSdp(_)) && !self.connected;
        if is_mismatch {
            self.certificate();
        }
        if is_mismatch || !self.rtc.is_alive() {
            self.broken(error.to_string());
        }
    }

    /// What the other end showed in its handshake.
    fn certificate(&mut self) {
        let api = self.rtc.direct_api();
        let shown = api.remote_dtls_fingerprint();
        let shown = shown.filter(|shown| shown.hash_func == "sha-256");
        let hex = shown.map(|shown| {
            let bytes = shown.bytes.iter().map(|byte| format!("{byte:02x}"));
            bytes.collect::<String>()
        });
        if let Some(fingerprint) = hex {
            self.see(PathEvent::PeerCertificate { fingerprint });
        }
    }

    /// A second of the picture passed.
    fn counted(&mut self, stats: &PeerStats) {
        let lost = match self.media {
            Media::Send => stats.egress_loss_fraction,
            Media::Receive => stats.ingress_loss_fraction,
            Media::Nothing => None,
        };
        let permille = (lost.unwrap_or(0.0).clamp(0.0, 1.0) * 1000.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 1000"
        )]
        let permille = permille as u16;
        if permille > 0 {
            self.see(PathEvent::PacketsLost { permille });
        }
        let (sent, received) = (self.packets.sent, self.packets.received);
        if self.packets.told != (sent, received) {
            self.packets.told = (sent, received);
            self.see(PathEvent::PicturePackets { sent, received });
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
                self.certificate();
                self.came_up();
                self.picture_wanted();
            }
            Event::IceConnectionStateChange(state) => self.ice_state(state),
            Event::MediaAdded(added) => {
                self.mid.get_or_insert(added.mid);
            }
            Event::MediaData(data) => self.receive_frame(&data),
            Event::KeyframeRequest(_) => {
                self.see(PathEvent::PictureMissed);
                self.outbox.put(PathOutput::KeyFrameWanted);
            }
            Event::PeerStats(stats) => self.counted(&stats),
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
