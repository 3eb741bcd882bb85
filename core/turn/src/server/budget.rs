//! Decides how many unauthenticated answers a network gets, so that forged
//! sources make the relay neither loud nor louder than they are.

use crate::values::Budget;
use hopsight_kit::Moment;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is left for each network. Token buckets, counted in thousandths.
#[derive(Debug)]
pub(super) struct Budgets {
    budget: Budget,
    spent: BTreeMap<IpAddr, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    thousandths: u64,
    filled: Moment,
}

impl Budgets {
    pub(super) const fn new(budget: Budget) -> Self {
        Self {
            budget,
            spent: BTreeMap::new(),
        }
    }

    /// Takes one answer from the budget of the network of `source`.
    pub(super) fn take(&mut self, source: IpAddr, now: Moment) -> bool {
        let full = u64::from(self.budget.burst).saturating_mul(1000);
        let rate = u64::from(self.budget.per_second);
        let network = network_of(source);
        if self.spent.len() >= NETWORKS && !self.spent.contains_key(&network) {
            return false;
        }
        let bucket = self.spent.entry(network).or_insert(Bucket {
            thousandths: full,
            filled: now,
        });
        bucket.fill(full, rate, now);
        let Some(left) = bucket.thousandths.checked_sub(1000) else {
            return false;
        };
        bucket.thousandths = left;
        true
    }

    /// Forgets the networks whose budget is full again.
    pub(super) fn forget_full(&mut self, now: Moment) {
        let full = u64::from(self.budget.burst).saturating_mul(1000);
        let rate = u64::from(self.budget.per_second);
        self.spent.retain(|_, bucket| {
            bucket.fill(full, rate, now);
            bucket.thousandths < full
        });
    }
}

impl Bucket {
    fn fill(&mut self, full: u64, rate: u64, now: Moment) {
        let elapsed = u64::try_from(now.since(self.filled).as_millis()).unwrap_or(u64::MAX);
        let gained = elapsed.saturating_mul(rate);
        self.thousandths = self.thousandths.saturating_add(gained).min(full);
        self.filled = now;
    }
}

/// The /24 or /56 of an address.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => Ipv4Addr::from(u32::from(v4) & 0xFFFF_FF00).into(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) >> 72 << 72).into(),
    }
}

/// How many networks are remembered at once; a flood from more finds the door
/// shut until some are full again.
const NETWORKS: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_network_gets_its_burst_and_then_its_rate() {
        let mut budgets = Budgets::new(Budget {
            burst: 3,
            per_second: 2,
        });
        let at = |millis| Moment::after_start(Duration::from_millis(millis));
        let mut takes = |host, millis| budgets.take([192, 0, 2, host].into(), at(millis));

        assert_eq!(
            [1, 2, 3, 4].map(|host| takes(host, 0)),
            [true, true, true, false]
        );
        assert!(!takes(5, 499));
        assert!(takes(5, 500));
        assert!(!takes(5, 501));
    }

    #[test]
    fn networks_do_not_share_a_budget_and_full_ones_are_forgotten() {
        let mut budgets = Budgets::new(Budget {
            burst: 1,
            per_second: 1,
        });
        let second = Moment::after_start(Duration::from_secs(1));

        assert!(budgets.take([192, 0, 2, 1].into(), Moment::START));
        assert!(budgets.take([192, 0, 3, 1].into(), Moment::START));
        assert!(budgets.take("2001:db8::1".parse().unwrap(), Moment::START));
        assert!(!budgets.take("2001:db8:0:ff::1".parse().unwrap(), Moment::START));

        budgets.forget_full(second);
        assert!(budgets.spent.is_empty());
    }
}
