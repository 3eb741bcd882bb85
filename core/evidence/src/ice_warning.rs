//! Decides what the bits of a Lync client's `ICEWarn` mask say.
//!
//! Source: the flag switch of the public quality-report viewer Snagger2, in
//! agreement with two public tables ("ICE Protocol Warning Flags" by ucsorted,
//! "ICE warnings" by uc.solutions). Only bits verified there are in this table;
//! any other bit is reported by its number and nothing is concluded from it.
//! The document MS-QOE prints another, incompatible layout: never mix the two.

/// What one bit of the mask says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IceWarning {
    /// The bit, as a mask of its own.
    pub bit: u32,
    /// When it is set.
    pub stage: Stage,
    /// Whether calls that work set it, too.
    pub is_expected_noise: bool,
    /// What it says, as a phrase without a full stop.
    pub meaning: &'static str,
}

/// The phase of path building to which a bit belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Collecting candidates, the relay's among them.
    Gather,
    /// Checking pairs.
    Check,
    /// Bandwidth policy.
    Policy,
}

/// The bits of `mask` in ascending order; the second value holds those that no
/// verified source explains.
#[must_use]
pub fn ice_warnings(mask: u32) -> (Vec<&'static IceWarning>, u32) {
    let known: Vec<_> = TABLE
        .iter()
        .filter(|warning| mask & warning.bit != 0)
        .collect();
    let explained = known.iter().fold(0, |sum, warning| sum | warning.bit);
    (known, mask & !explained)
}

const TABLE: &[IceWarning] = &[
    IceWarning {
        bit: 0x1,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "media relay could not be contacted at all",
    },
    IceWarning {
        bit: 0x2,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "UDP port allocation on the relay failed",
    },
    IceWarning {
        bit: 0x4,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "sending UDP to the relay failed",
    },
    IceWarning {
        bit: 0x8,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "TCP port allocation on the relay failed",
    },
    IceWarning {
        bit: 0x10,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "sending TCP to the relay failed",
    },
    IceWarning {
        bit: 0x20,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "host-to-host checks failed (UDP for audio/video; TCP for sharing and file transfer)",
    },
    IceWarning {
        bit: 0x40,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "UDP checks via reflexive addresses failed",
    },
    IceWarning {
        bit: 0x80,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "UDP checks via the relay failed",
    },
    IceWarning {
        bit: 0x100,
        stage: Stage::Check,
        is_expected_noise: true,
        meaning: "TCP checks via reflexive addresses failed or were never tried",
    },
    IceWarning {
        bit: 0x200,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "TCP checks via the relay failed or were never tried",
    },
    IceWarning {
        bit: 0x400,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "message integrity of an inbound check did not verify",
    },
    IceWarning {
        bit: 0x1000,
        stage: Stage::Policy,
        is_expected_noise: true,
        meaning: "a bandwidth policy applied to this call",
    },
    IceWarning {
        bit: 0x2000,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "check request could not be sent (memory or other local reason)",
    },
    IceWarning {
        bit: 0x4000,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "relay says the user name is unknown or expired",
    },
    IceWarning {
        bit: 0x8000,
        stage: Stage::Policy,
        is_expected_noise: false,
        meaning: "bandwidth policy removed some candidates",
    },
    IceWarning {
        bit: 0x10000,
        stage: Stage::Policy,
        is_expected_noise: true,
        meaning: "bandwidth policy lowered the rate",
    },
    IceWarning {
        bit: 0x20000,
        stage: Stage::Policy,
        is_expected_noise: false,
        meaning: "keep-alive to the policy service failed",
    },
    IceWarning {
        bit: 0x40000,
        stage: Stage::Policy,
        is_expected_noise: false,
        meaning: "policy refused a path through two relays",
    },
    IceWarning {
        bit: 0x80000,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "no relay configured, or its name did not resolve",
    },
    IceWarning {
        bit: 0x100000,
        stage: Stage::Gather,
        is_expected_noise: true,
        meaning: "several relays (DNS load balancing)",
    },
    IceWarning {
        bit: 0x200000,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "configured client port range is used up (about 20 ports per A/V call, 3 per sharing session)",
    },
    IceWarning {
        bit: 0x400000,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "relay redirected to another relay",
    },
    IceWarning {
        bit: 0x800000,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "relay pseudo-TLS handshake on 443 failed",
    },
    IceWarning {
        bit: 0x1000000,
        stage: Stage::Gather,
        is_expected_noise: true,
        meaning: "an HTTP proxy is configured",
    },
    IceWarning {
        bit: 0x2000000,
        stage: Stage::Gather,
        is_expected_noise: false,
        meaning: "HTTP proxy refused authentication",
    },
    IceWarning {
        bit: 0x4000000,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "TCP-to-TCP check through the relay was tried and failed",
    },
    IceWarning {
        bit: 0x8000000,
        stage: Stage::Check,
        is_expected_noise: false,
        meaning: "early packets passed, later ones did not",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_0x29_is_three_bits_and_none_unexplained() {
        let (known, unexplained) = ice_warnings(0x29);

        let bits: Vec<u32> = known.iter().map(|warning| warning.bit).collect();
        assert_eq!((bits, unexplained), (vec![0x1, 0x8, 0x20], 0));
    }

    #[test]
    fn a_bit_without_a_verified_source_stays_a_number() {
        let (known, unexplained) = ice_warnings(0x1000_0800);

        assert_eq!((known.len(), unexplained), (0, 0x1000_0800));
    }

    #[test]
    fn every_row_has_one_bit_of_its_own() {
        let mut seen = 0;
        for warning in TABLE {
            assert_eq!(warning.bit.count_ones(), 1);
            assert_eq!(seen & warning.bit, 0);
            seen |= warning.bit;
        }
    }
}
