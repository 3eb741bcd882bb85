//! Decides how the WebRTC stack is set up: one codec that every browser has,
//! feedback for loss, and an estimate of what the path carries.

use crate::tap::Credentials;
use std::time::{Duration, Instant};
use str0m::bwe::Bitrate;
use str0m::media::Pt;
use str0m::rtp::Extension;
use str0m::{Rtc, RtcConfig};

/// Constrained baseline, level 3.1; higher levels are used all the same
/// (level asymmetry). RFC 6184, section 8.1.
const PROFILE: u32 = 0x42_E0_1F;

/// A still desktop needs little; the first key frame should not take a second.
pub(super) const FIRST_ESTIMATE: u64 = 3_000_000;

/// More does not make a screen sharper.
const DESIRED: u64 = 12_000_000;

/// Packets of the largest key frame that is put together, about 1.2 MB.
const LARGEST_FRAME: usize = 1024;

/// How often lost packets are counted.
const COUNTED: Duration = Duration::from_secs(1);

/// A stack at its start.
pub(super) fn stack(now: Instant) -> Rtc {
    let mut config = RtcConfig::new()
        .clear_codecs()
        .enable_bwe(Some(Bitrate::bps(FIRST_ESTIMATE)))
        .set_extension(5, Extension::PlayoutDelay)
        .set_reordering_size_video(LARGEST_FRAME)
        .set_send_buffer_video(2 * LARGEST_FRAME);
    config = config.set_stats_interval(Some(COUNTED));
    let (media, repeated) = (Pt::new_with_value(102), Pt::new_with_value(103));
    config
        .codec_config()
        .add_h264(media, Some(repeated), true, PROFILE);
    let mut rtc = config.build(now);
    rtc.bwe()
        .set_bitrate(Bitrate::bps(0), Bitrate::bps(DESIRED));
    rtc
}

/// What this end now calls itself.
pub(super) fn credentials(rtc: &mut Rtc) -> Credentials {
    let credentials = rtc.direct_api().local_ice_credentials();
    Credentials {
        ufrag: credentials.ufrag,
        password: credentials.pass,
    }
}
