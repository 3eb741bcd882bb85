//! The way to the relay.

use crate::tests::facts::{DESK1, RELAY, heard, lent_port};
use crate::tests::story::{Story, refused_both_ways, silent, without_udp};
use hopsight_evidence::Side;

pub(super) fn udp_replies_filtered() -> Story {
    silent(|one| without_udp(one, &[Side::Sharer]).tell(RELAY, heard(Side::Sharer, 3)))
}

/// The direct way has another reason, so that only the relay's leg is open.
pub(super) fn relay_udp_blocked() -> Story {
    let mut story = refused_both_ways();
    without_udp(&mut story, &[Side::Sharer]).tell(RELAY, heard(Side::Sharer, 0));
    story
}

pub(super) fn relay_ports_blocked() -> Story {
    silent(|one| {
        one.relay_allocated(Side::Sharer)
            .tell(DESK1, lent_port(8, false))
    })
}
