//! Decides what a Lync client's own summary says before any rule reads it:
//! which bits are set, who measured, where the parties were.
//!
//! The most that such a summary can give is confidence `leading`: a mask
//! narrows the leg that failed and proves no cause.

use crate::Evidence;
use crate::scene::Scene;
use hopsight_evidence::{CallParty, Fact, Observation};

/// Host-to-host checks failed.
pub(super) const LOCAL_CONNECTIVITY_FAILED: u32 = 0x20;
/// The relay could not be contacted at all.
pub(super) const RELAY_UNREACHABLE: u32 = 0x1;
/// UDP allocation on the relay failed.
pub(super) const RELAY_UDP_FAILED: u32 = 0x2;
/// TCP allocation on the relay failed.
pub(super) const RELAY_TCP_FAILED: u32 = 0x8;

/// A client's summary of a failed path.
#[derive(Clone, Copy)]
pub(super) struct Summary<'a> {
    pub(super) fact: &'a Fact,
    pub(super) mask: u32,
    locations: (Option<u8>, Option<u8>),
    measured_by: CallParty,
    measured_by_peer: bool,
    absent: &'a [String],
    unknown: &'a [String],
}

impl<'a> Summary<'a> {
    /// The first summary of a failure. Ids 51004 and 51007 are no failures:
    /// the user ended the call, and information on a 200.
    pub(super) fn find(scene: &Scene<'a>) -> Option<Self> {
        scene.facts().find_map(|fact| {
            let Observation::LegacyMediaDebug {
                diagnostic_id,
                ice_warn,
                local_location,
                remote_location,
                measured_by,
                measured_by_peer,
                keys_absent,
                keys_unknown,
                ..
            } = &fact.observation
            else {
                return None;
            };
            (!NO_FAILURE.contains(diagnostic_id)).then_some(Self {
                fact,
                mask: *ice_warn,
                locations: (*local_location, *remote_location),
                measured_by: *measured_by,
                measured_by_peer: *measured_by_peer,
                absent: keys_absent,
                unknown: keys_unknown,
            })
        })
    }

    pub(super) const fn has(&self, bits: u32) -> bool {
        self.mask & bits == bits
    }

    /// Both parties had registered inside.
    pub(super) fn is_inside(&self) -> bool {
        self.locations == (Some(INSIDE), Some(INSIDE))
    }

    /// The peer offered no relay: the key is missing, not emptied.
    pub(super) fn peer_offered_no_relay(&self) -> bool {
        self.absent.iter().any(|key| key == "RemoteMR")
    }

    /// Keys whose values were removed before the trace was handed in.
    pub(super) fn unknown(&self) -> Option<String> {
        (!self.unknown.is_empty()).then(|| self.unknown.join(", "))
    }

    /// "the caller".
    pub(super) const fn who(&self) -> &'static str {
        match self.measured_by {
            CallParty::Caller => "the caller",
            CallParty::Callee => "the callee",
        }
    }

    /// "measured by the caller, the other party of this log".
    pub(super) fn measured(&self) -> String {
        let owner = if self.measured_by_peer {
            "the other party of this log"
        } else {
            "the owner of this log"
        };
        format!("measured by {}, {owner}", self.who())
    }

    pub(super) fn mask_line(&self) -> Evidence {
        let mask = self.mask;
        Evidence::of(self.fact, format!("ICEWarn {mask:#x}, {}", self.measured()))
    }
}

const INSIDE: u8 = 2;
const NO_FAILURE: &[u32] = &[51004, 51007];
