//! Decides how many connections there may be, in all and from one address, and
//! counts what came.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many connections may be open at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptLimits {
    /// In all.
    pub total: usize,
    /// From one IPv4 address or one IPv6 /64.
    pub per_address: usize,
}

impl Default for AcceptLimits {
    fn default() -> Self {
        Self {
            total: 16_384,
            per_address: 1_024,
        }
    }
}

/// What has come since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// HTTP connections.
    pub http: u64,
    /// SIP connections.
    pub sip: u64,
    /// TURN connections.
    pub turn: u64,
    /// Clients that left before they said anything.
    pub gone: u64,
    /// TLS handshakes that failed.
    pub handshake_failed: u64,
    /// Refused because too many were open from that address.
    pub refused_for_address: u64,
    /// Refused because too many were open in all.
    pub refused_for_total: u64,
    /// Clients that took too long.
    pub too_slow: u64,
    /// First bytes that belong to none of our protocols.
    pub unknown: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) http: AtomicU64,
    pub(super) sip: AtomicU64,
    pub(super) turn: AtomicU64,
    pub(super) gone: AtomicU64,
    pub(super) handshake_failed: AtomicU64,
    pub(super) refused_for_address: AtomicU64,
    pub(super) refused_for_total: AtomicU64,
    pub(super) too_slow: AtomicU64,
    pub(super) unknown: AtomicU64,
}

impl Tally {
    pub(super) fn counts(&self) -> Counts {
        Counts {
            http: self.http.load(Relaxed),
            sip: self.sip.load(Relaxed),
            turn: self.turn.load(Relaxed),
            gone: self.gone.load(Relaxed),
            handshake_failed: self.handshake_failed.load(Relaxed),
            refused_for_address: self.refused_for_address.load(Relaxed),
            refused_for_total: self.refused_for_total.load(Relaxed),
            too_slow: self.too_slow.load(Relaxed),
            unknown: self.unknown.load(Relaxed),
        }
    }
}

/// Those who are connected.
#[derive(Debug)]
pub(super) struct Crowd {
    limits: AcceptLimits,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_source: BTreeMap<IpAddr, usize>,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Address,
    Total,
}

/// One place in the crowd; free again when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    crowd: Arc<Crowd>,
    source: IpAddr,
}

impl Crowd {
    pub(super) fn new(limits: AcceptLimits) -> Self {
        Self {
            limits,
            open: Mutex::default(),
        }
    }

    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Permit, Refusal> {
        let source = source(address);
        let mut open = self.open();
        if open.total >= self.limits.total {
            return Err(Refusal::Total);
        }
        let of_source = open.by_source.get(&source).copied().unwrap_or(0);
        if of_source >= self.limits.per_address {
            return Err(Refusal::Address);
        }
        open.total += 1;
        open.by_source.insert(source, of_source + 1);
        drop(open);
        let crowd = Arc::clone(self);
        Ok(Permit { crowd, source })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.crowd.open();
        open.total = open.total.saturating_sub(1);
        let left = open.by_source.get(&self.source).copied().unwrap_or(0);
        match left.saturating_sub(1) {
            0 => open.by_source.remove(&self.source),
            fewer => open.by_source.insert(self.source, fewer),
        };
    }
}

/// Who is counted as one: a household has one IPv4 address or one IPv6 /64.
fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_holder_leaves() {
        let crowd = crowd(2, 1);
        let first = crowd.admit(address("10.0.0.1")).unwrap();

        let second = crowd.admit(address("10.0.0.1"));
        assert_eq!(second.unwrap_err(), Refusal::Address);
        drop(first);
        crowd.admit(address("10.0.0.1")).unwrap();
        assert!(crowd.open().by_source.is_empty());
    }

    #[test]
    fn the_total_counts_for_all_addresses() {
        let crowd = crowd(1, 1);
        let _first = crowd.admit(address("10.0.0.1")).unwrap();

        let second = crowd.admit(address("10.0.0.2"));

        assert_eq!(second.unwrap_err(), Refusal::Total);
    }

    #[test]
    fn one_ipv6_network_and_a_mapped_ipv4_address_are_one_source() {
        let crowd = crowd(9, 1);
        let _six = crowd.admit(address("2001:db8::1")).unwrap();
        let _four = crowd.admit(address("10.0.0.1")).unwrap();

        for other in ["2001:db8::2", "::ffff:10.0.0.1"] {
            let refused = crowd.admit(address(other)).unwrap_err();
            assert_eq!(refused, Refusal::Address, "{other}");
        }
        crowd.admit(address("2001:db8:0:1::1")).unwrap();
    }

    fn crowd(total: usize, per_address: usize) -> Arc<Crowd> {
        Arc::new(Crowd::new(AcceptLimits { total, per_address }))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }
}
