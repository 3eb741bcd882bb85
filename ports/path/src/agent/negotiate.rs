//! Decides what is offered and answered, when, and which candidates of the
//! other end are taken.

use super::{Agent, GATHERING, Wanted, configuration};
use crate::candidate::{self, MOST_REMOTE};
use crate::channels;
use crate::handle::NegotiateError;
use crate::output::{Channel, PathOutput};
use crate::relay_client::Order;
use crate::settings::Media;
use crate::{sdp, trickle};
use hopsight_evidence::PathEvent;
use std::time::Instant;
use str0m::RtcError;
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, MediaKind};

impl Agent {
    /// Makes the descriptions that are asked for once there is a relay
    /// candidate, no relay is left to wait for, or the time is up.
    pub(super) fn describe_if_due(&mut self) {
        let has_relay = self.relays.iter().any(|relay| relay.relayed.is_some());
        let late = Instant::now() >= self.opened + GATHERING;
        if !has_relay && !late && !self.gathered() {
            return;
        }
        for wanted in std::mem::take(&mut self.wanted) {
            // The caller may have given up waiting.
            match wanted {
                Wanted::Offer(reply) => drop(reply.send(self.offer())),
                Wanted::Answer(offer, reply) => drop(reply.send(self.answer(&offer))),
            }
            self.drain();
        }
    }

    pub(super) fn gathered(&self) -> bool {
        let settled = |relay: &super::Relay| relay.ended || relay.relayed.is_some();
        self.relays.iter().all(settled)
    }

    fn offer(&mut self) -> Result<String, NegotiateError> {
        let direction = match self.media {
            Media::Nothing => None,
            Media::Send => Some(Direction::SendOnly),
            Media::Receive => Some(Direction::RecvOnly),
        };
        let mut changes = self.rtc.sdp_api();
        let mid = direction
            .map(|direction| changes.add_media(MediaKind::Video, direction, None, None, None));
        for channel in [Channel::Control, Channel::Cursor] {
            changes.add_channel_with_config(channels::configuration(channel));
        }
        let (offer, pending) = changes.apply().ok_or(NegotiateError::NoOffer)?;
        self.mid = mid;
        self.pending = Some(pending);
        Ok(self.described(&offer.to_sdp_string()))
    }

    fn answer(&mut self, offer: &str) -> Result<String, NegotiateError> {
        let remote = readable(offer)?;
        let parsed = SdpOffer::from_sdp_string(&remote.description).map_err(|error| {
            let problem = error.to_string();
            NegotiateError::Description { problem }
        })?;
        let answer = self.rtc.sdp_api().accept_offer(parsed).map_err(unusable)?;
        self.pending = None;
        let answer = self.described(&answer.to_sdp_string());
        self.negotiated(remote, offer);
        Ok(answer)
    }

    pub(super) fn accept_answer(&mut self, answer: &str) -> Result<(), NegotiateError> {
        let remote = readable(answer)?;
        let parsed = SdpAnswer::from_sdp_string(&remote.description).map_err(|error| {
            let problem = error.to_string();
            NegotiateError::Description { problem }
        })?;
        let pending = self.pending.take().ok_or(NegotiateError::NoOffer)?;
        self.rtc
            .sdp_api()
            .accept_answer(pending, parsed)
            .map_err(unusable)?;
        self.negotiated(remote, answer);
        Ok(())
    }

    /// Notes that a description leaves with all candidates found so far.
    fn described(&mut self, description: &str) -> String {
        self.described = true;
        self.untold.clear();
        self.complete_told = self.gathered();
        self.first_mid = sdp::first_mid(description);
        sdp::write(description, self.complete_told)
    }

    fn negotiated(&mut self, remote: sdp::Remote, description: &str) {
        self.local = configuration::credentials(&mut self.rtc);
        self.remote = remote.credentials;
        self.checking_since.get_or_insert_with(Instant::now);
        self.tap.negotiated(self.local.clone(), self.remote.clone());
        let mut candidates = trickle::read(description).candidates;
        candidates.append(&mut self.early);
        self.drain();
        for candidate in candidates {
            self.take_candidate(&candidate);
        }
    }

    /// Takes trickled candidates; before the other end's description came they
    /// are kept.
    pub(super) fn add_candidates(&mut self, fragment: &str) {
        let fragment = trickle::read(fragment);
        let Some(remote) = &self.remote else {
            let room = MOST_REMOTE.saturating_sub(self.early.len());
            self.early
                .extend(fragment.candidates.into_iter().take(room));
            return;
        };
        // Candidates of an ICE session that has been restarted since.
        if fragment.ufrag.is_some_and(|ufrag| ufrag != remote.ufrag) {
            return;
        }
        for candidate in fragment.candidates {
            self.take_candidate(&candidate);
        }
    }

    fn take_candidate(&mut self, attribute: &str) {
        let Some(told) = candidate::read(attribute, self.loopback_is_ours) else {
            return self.hidden(attribute);
        };
        let known = |other: &candidate::Told| {
            (other.address, other.kind, other.transport)
                == (told.address, told.kind, told.transport)
        };
        if self.told.len() >= MOST_REMOTE || self.told.iter().any(known) {
            return;
        }
        self.see(PathEvent::CandidateTold {
            kind: told.kind,
            transport: told.transport,
            address: told.address,
        });
        self.told.push(told.clone());
        // A relay that was known by its packets only is now known as a relay.
        if let Some(pair) = self.nominated {
            self.changed(pair);
        }
        let Some(candidate) = told.usable else {
            return;
        };
        self.rtc.add_remote_candidate(candidate);
        self.drain();
        let there = told.address.ip();
        let reaches = |relay: &&super::Relay| {
            relay
                .relayed
                .is_some_and(|relayed| relayed.is_ipv4() == there.is_ipv4())
        };
        for relay in self.relays.iter().filter(reaches) {
            // A client that is behind with its work permits on the first check.
            drop(relay.client.orders.try_send(Order::Permit(there)));
        }
    }

    /// A name in the place of an address, which only the other end's own link
    /// can resolve.
    fn hidden(&mut self, attribute: &str) {
        if let Some(name) = candidate::name(attribute) {
            self.see(PathEvent::CandidateUnresolved { name });
        }
    }

    /// Trickles the candidates that were found after the description left.
    pub(super) fn tell_candidates(&mut self) {
        let complete = self.gathered();
        let news = !self.untold.is_empty() || (complete && !self.complete_told);
        if !self.described || !news {
            return;
        }
        let candidates = std::mem::take(&mut self.untold);
        self.complete_told = complete;
        let mid = self.first_mid.as_deref();
        let body = trickle::write(&self.local, mid, &candidates, complete);
        self.outbox.put(PathOutput::Trickle(body));
    }
}

fn readable(description: &str) -> Result<sdp::Remote, NegotiateError> {
    if description.len() > sdp::LONGEST {
        let problem = "it is longer than 64 kB".to_owned();
        return Err(NegotiateError::Description { problem });
    }
    Ok(sdp::read(description))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "map_err hands the error over by value"
)]
fn unusable(error: RtcError) -> NegotiateError {
    NegotiateError::Description {
        problem: error.to_string(),
    }
}
