//! Decides when what is sent arrives, and whether at all.

use hopsight_kit::{Moment, Random, SeededRandom};
use hopsight_sip::server::FlowTransport;
use std::collections::BTreeMap;
use std::time::Duration;

/// What lies between an endpoint and its front end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The transport: over datagrams messages get lost and overtake each other.
    pub transport: FlowTransport,
    /// The shortest time on the way.
    pub delay: Duration,
    /// Up to so much longer, by chance.
    pub jitter: Duration,
    /// Of a thousand messages so many are lost.
    pub loss: u64,
    /// Of a thousand messages so many arrive twice.
    pub doubled: u64,
}

impl Link {
    /// TLS over a good network: in order and complete.
    #[must_use]
    pub const fn good() -> Self {
        Self {
            transport: FlowTransport::Tls,
            delay: Duration::from_millis(5),
            jitter: Duration::from_millis(20),
            loss: 0,
            doubled: 0,
        }
    }

    /// Datagrams over a bad network: a tenth lost, some twice, in any order.
    #[must_use]
    pub const fn lossy() -> Self {
        Self {
            transport: FlowTransport::Udp,
            delay: Duration::from_millis(10),
            jitter: Duration::from_millis(120),
            loss: 100,
            doubled: 30,
        }
    }
}

/// What is on its way.
#[derive(Debug)]
pub(crate) struct Network<T> {
    link: Link,
    underway: BTreeMap<(Moment, u64), T>,
    sent: u64,
    last: Moment,
}

impl<T: Clone> Network<T> {
    pub(crate) const fn new(link: Link) -> Self {
        Self {
            link,
            underway: BTreeMap::new(),
            sent: 0,
            last: Moment::START,
        }
    }

    pub(crate) fn send(&mut self, parcel: T, now: Moment, random: &mut SeededRandom) {
        if self.link.transport.is_reliable() {
            let arrival = (now + self.travel(random)).max(self.last);
            self.last = arrival;
            return self.put(arrival, parcel);
        }
        let copies = if random.below(1000) < self.link.loss {
            0
        } else if random.below(1000) < self.link.doubled {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let arrival = now + self.travel(random);
            self.put(arrival, parcel.clone());
        }
    }

    /// The next parcel that has arrived by `now`.
    pub(crate) fn take(&mut self, now: Moment) -> Option<T> {
        let arrived = self.underway.first_entry()?;
        (arrived.key().0 <= now).then(|| arrived.remove())
    }

    pub(crate) fn next_wake(&self) -> Option<Moment> {
        self.underway.keys().next().map(|(arrival, _)| *arrival)
    }

    /// Everything that is underway is lost.
    pub(crate) fn cut(&mut self) {
        self.underway.clear();
    }

    fn put(&mut self, arrival: Moment, parcel: T) {
        self.sent += 1;
        self.underway.insert((arrival, self.sent), parcel);
    }

    fn travel(&self, random: &mut SeededRandom) -> Duration {
        let jitter = u64::try_from(self.link.jitter.as_micros()).unwrap_or(0);
        self.link.delay + Duration::from_micros(random.below(jitter.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reliable_link_keeps_the_order() {
        let mut network = Network::new(Link::good());
        let mut random = SeededRandom::new(1);
        for number in 0..50 {
            network.send(number, Moment::START, &mut random);
        }
        let late = Moment::after_start(Duration::from_secs(1));
        let arrived: Vec<i32> = std::iter::from_fn(|| network.take(late)).collect();

        assert_eq!(arrived, (0..50).collect::<Vec<i32>>());
    }

    #[test]
    fn a_lossy_link_loses_doubles_and_reorders() {
        let mut network = Network::new(Link::lossy());
        let mut random = SeededRandom::new(1);
        for number in 0..1000 {
            network.send(number, Moment::START, &mut random);
        }
        let late = Moment::after_start(Duration::from_secs(1));
        let arrived: Vec<i32> = std::iter::from_fn(|| network.take(late)).collect();
        let mut distinct = arrived.clone();
        distinct.sort_unstable();
        let in_order = arrived == distinct;
        distinct.dedup();

        assert!(!in_order);
        assert!((850..950).contains(&distinct.len()), "{}", distinct.len());
        assert!(distinct.len() < arrived.len());
    }
}
