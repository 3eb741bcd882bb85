//! Decides whether the chosen pair carries what it was chosen for: when it has
//! stopped, and when one that answers checks brings no picture.
//!
//! A way that loses packets brings some full ones sooner or later; one whose
//! links are too small brings none at all, however long one waits.

use hopsight_evidence::Pair;
use std::time::{Duration, Instant};

/// A handshake whose first flight was lost has been repeated by now.
const HANDSHAKE: Duration = Duration::from_millis(2000);
/// A picture whose packets are lost has been asked for anew several times, also
/// where one packet in twenty is lost.
const PICTURE: Duration = Duration::from_millis(1800);
/// A handshake that took long has used up some of that patience: a picture by a
/// stream has to come within five seconds.
const PATIENCE: Duration = Duration::from_millis(2600);
/// Whatever was tried before, a picture by a stream still comes within five seconds.
const LONGEST: Duration = Duration::from_millis(3100);
/// Routers may cut up what is too long for a link after 0.7 s, and a picture that
/// was asked for anew has come by now.
const CUT_UP: Duration = Duration::from_millis(1500);
/// Full packets that come later than this were cut up on the way.
const LATE: Duration = Duration::from_millis(500);
/// From the first of them on a picture has been asked for anew, twice.
const WHOLE: Duration = Duration::from_millis(1300);
/// The same way to a relay: nothing more is tried on it.
const CUT_OFF: Duration = Duration::from_millis(800);
/// Bytes of a datagram that a picture fills: the stack fills them to 1150.
const FULL: usize = 1100;
/// Checks that nobody answers for so long, while nothing else arrives either.
const SILENCE: Duration = Duration::from_millis(2000);
/// One lost check may be chance.
const MOST_CHECKS: u32 = 2;
/// By now both ends have found the pair that they use.
const SETTLED: Duration = Duration::from_millis(1500);
/// Two ends that change to another pair do so within this.
const MOVED: Duration = Duration::from_millis(300);
/// Single packets may have taken another way before.
const MOST_ELSEWHERE: u32 = 3;
/// Whoever gets packets of a picture tells so ten times a second (transport-wide
/// feedback); a way that loses most of them still brings some within this.
const FEEDBACK: Duration = Duration::from_millis(1500);
/// What left at fewer different moments, or in fewer packets, may all have been lost,
/// or the word of it.
const MOST_MOMENTS: u32 = 7;
const MOST_PACKETS: u32 = 20;
/// Packets closer together are lost together.
const MOMENT: Duration = Duration::from_millis(150);
/// Somebody on the way, or the other machine, says that nothing gets there: what was
/// on its way has come by now.
const REFUSED: Duration = Duration::from_millis(500);

/// What the chosen pair has carried.
#[derive(Debug)]
pub(crate) struct Carriage {
    pub(crate) pair: Pair,
    since: Instant,
    began: Instant,
    first: Option<Instant>,
    last: Option<Instant>,
    unanswered: Option<(Instant, u32)>,
    unheard: Option<Unheard>,
    refused: Option<Instant>,
    is_stop_told: bool,
    pieces: u64,
    full: Option<Instant>,
    elsewhere: u32,
}

/// Packets of a picture of which nothing was told.
#[derive(Clone, Copy, Debug)]
struct Unheard {
    first: Instant,
    newest: Instant,
    moments: u32,
    packets: u32,
}

impl Unheard {
    const fn is_telling(&self) -> bool {
        self.moments >= MOST_MOMENTS && self.packets >= MOST_PACKETS
    }
}

/// What the path has come to, as far as the pair is judged by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// When ICE and DTLS came up.
    pub(crate) connected: Option<Instant>,
    /// Packets of a picture arrive, and none was ever whole.
    pub(crate) in_pieces: bool,
    /// A relay stands between the two ends.
    pub(crate) is_relayed: bool,
}

impl Carriage {
    /// Chosen from now on; the path's first checks left at `began`.
    pub(crate) const fn new(pair: Pair, began: Instant, now: Instant) -> Self {
        Self {
            pair,
            since: now,
            began,
            first: None,
            last: None,
            unanswered: None,
            unheard: None,
            refused: None,
            is_stop_told: false,
            pieces: 0,
            full: None,
            elsewhere: 0,
        }
    }

    /// A packet of the picture arrived on this pair, with so many bytes.
    pub(crate) fn brought(&mut self, length: usize, now: Instant) {
        self.pieces = self.pieces.saturating_add(1);
        if length >= FULL {
            self.full.get_or_insert(now);
        }
    }

    /// A check left on this pair.
    pub(crate) fn checked(&mut self, now: Instant) {
        let (first, count) = self.unanswered.unwrap_or((now, 0));
        self.unanswered = Some((first, count.saturating_add(1)));
    }

    /// A packet of the picture left straight to the other end, which tells of it.
    pub(crate) fn showed(&mut self, now: Instant) {
        let known = self.unheard.get_or_insert(Unheard {
            first: now,
            newest: now,
            moments: 1,
            packets: 0,
        });
        known.packets = known.packets.saturating_add(1);
        if now >= known.newest + MOMENT {
            known.newest = now;
            known.moments = known.moments.saturating_add(1);
        }
    }

    /// An error message says that this pair leads nowhere.
    pub(crate) fn refused(&mut self, now: Instant) {
        self.refused.get_or_insert(now);
    }

    /// Something arrived on this pair.
    pub(crate) fn arrived(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.unanswered = None;
        self.unheard = None;
        self.refused = None;
        self.is_stop_told = false;
    }

    /// Media of the other end came by another way; whether it has left this one: its
    /// farewell may be lost, but nothing comes here any more.
    pub(crate) fn is_left_by_other(&mut self, now: Instant) -> bool {
        let is_quiet = self.last.is_some_and(|last| now > last + MOVED);
        let is_settled = now > self.since + SETTLED;
        self.elsewhere = if is_quiet && is_settled {
            self.elsewhere.saturating_add(1)
        } else {
            0
        };
        self.elsewhere >= MOST_ELSEWHERE
    }

    /// How long the pair carried packets and for how long it no longer does;
    /// told once for each time that it stops.
    pub(crate) fn stopped(&mut self, now: Instant) -> Option<(Duration, Duration)> {
        let (first, last) = self.first.zip(self.last)?;
        let is_due = self.stops_at().is_some_and(|at| at <= now);
        let is_news = is_due && !std::mem::replace(&mut self.is_stop_told, is_due);
        is_news.then(|| (last - first, now - last))
    }

    /// Whether the pair is of no use.
    pub(crate) fn is_useless(&self, standing: Standing, now: Instant) -> bool {
        self.useless_at(standing).is_some_and(|at| at <= now)
    }

    /// Whether full packets of a picture came, and it was never whole: this way
    /// loses many.
    pub(crate) const fn loses(&self, standing: Standing) -> bool {
        standing.in_pieces && self.full.is_some()
    }

    /// When to look again.
    pub(crate) fn next_wake(&self, standing: Standing) -> Option<Instant> {
        let stops = self.stops_at().filter(|_| !self.is_stop_told);
        stops.into_iter().chain(self.useless_at(standing)).min()
    }

    fn stops_at(&self) -> Option<Instant> {
        self.last?;
        let checked = self.unanswered.filter(|(_, count)| *count >= MOST_CHECKS);
        let shown = self.unheard.filter(Unheard::is_telling);
        let stops = [
            checked.map(|(first, _)| first + SILENCE),
            shown.map(|one| one.first + FEEDBACK),
            self.refused.map(|at| at + REFUSED),
        ];
        stops.into_iter().flatten().min()
    }

    fn useless_at(&self, standing: Standing) -> Option<Instant> {
        let Some(connected) = standing.connected else {
            return (!standing.is_relayed).then(|| self.since + HANDSHAKE);
        };
        let is_cut = self.pieces > 0 && self.full.is_none();
        let wait = match (standing.is_relayed, is_cut) {
            (true, true) => CUT_OFF,
            (false, true) => CUT_UP,
            (_, false) => PICTURE,
        };
        let began = connected.max(self.since);
        let latest = (self.since + PATIENCE).max(began + CUT_UP);
        let latest = latest.min(self.began + LONGEST).max(began + CUT_OFF);
        let late = self.full.filter(|full| *full > began + LATE);
        let at_least = late.map_or(began, |full| full + WHOLE);
        standing
            .in_pieces
            .then(|| (began + wait).min(latest).max(at_least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::Via;

    #[test]
    fn a_pair_has_stopped_when_two_checks_wait_and_nothing_else_comes() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut carriage = Carriage::new(pair(), start, start);
        carriage.arrived(at(0));
        carriage.arrived(at(5000));
        carriage.checked(at(5100));
        assert_eq!(carriage.stopped(at(9000)), None);
        carriage.checked(at(6100));

        let told = Some((Duration::from_millis(5000), Duration::from_millis(2100)));
        assert_eq!(carriage.stopped(at(7099)), None);
        assert_eq!(carriage.stopped(at(7100)), told);
        assert_eq!(carriage.stopped(at(9000)), None);
    }

    #[test]
    fn a_pair_has_stopped_when_a_picture_leaves_and_nobody_tells_of_it() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut carriage = Carriage::new(pair(), start, start);
        carriage.arrived(at(0));
        for packet in 0..30 {
            carriage.showed(at(1000 + packet));
        }
        assert_eq!(carriage.stopped(at(9000)), None, "one burst may be lost");
        for step in 1..7 {
            carriage.showed(at(1029 + step * 150));
        }

        let told = Some((Duration::ZERO, Duration::from_millis(2500)));
        assert_eq!(carriage.stopped(at(2499)), None);
        assert_eq!(carriage.stopped(at(2500)), told);
    }

    #[test]
    fn a_pair_has_stopped_when_it_is_refused_and_nothing_comes_after() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut carriage = Carriage::new(pair(), start, start);
        carriage.refused(at(10));
        assert_eq!(
            carriage.stopped(at(9000)),
            None,
            "it has not carried anything"
        );
        carriage.arrived(at(9000));
        assert_eq!(carriage.stopped(at(9900)), None, "something came since");
        carriage.refused(at(10_000));

        let told = Some((Duration::ZERO, Duration::from_millis(1500)));
        assert_eq!(carriage.stopped(at(10_499)), None);
        assert_eq!(carriage.stopped(at(10_500)), told);
    }

    #[test]
    fn a_direct_pair_is_useless_without_a_handshake_or_with_pieces_of_a_picture_only() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let carriage = Carriage::new(pair(), start, start);
        let standing = |connected: Option<u64>, in_pieces| Standing {
            connected: connected.map(at),
            in_pieces,
            is_relayed: false,
        };

        assert!(!carriage.is_useless(standing(None, false), at(1999)));
        assert!(carriage.is_useless(standing(None, false), at(2000)));
        assert!(!carriage.is_useless(standing(Some(100), false), at(60_000)));
        assert!(!carriage.is_useless(standing(Some(100), true), at(1899)));
        assert!(carriage.is_useless(standing(Some(100), true), at(1900)));
    }

    #[test]
    fn a_late_handshake_leaves_the_picture_less_time() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let carriage = Carriage::new(pair(), start, start);
        let useless_after = |connected| {
            let standing = Standing {
                connected: Some(at(connected)),
                in_pieces: true,
                is_relayed: false,
            };
            carriage.next_wake(standing).unwrap() - start
        };

        let waits = [700, 1000, 1900].map(|connected| useless_after(connected).as_millis());
        assert_eq!(waits, [2500, 2600, 3100]);
    }

    #[test]
    fn a_pair_that_came_up_late_has_less_patience_left() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let useless_after = |chosen| {
            let carriage = Carriage::new(pair(), start, at(chosen));
            let standing = Standing {
                connected: Some(at(chosen + 100)),
                in_pieces: true,
                is_relayed: false,
            };
            carriage.next_wake(standing).unwrap() - start
        };

        let waits = [100, 1800, 2800].map(|chosen| useless_after(chosen).as_millis());
        assert_eq!(waits, [2000, 3100, 3700]);
    }

    #[test]
    fn a_pair_was_left_by_the_other_end_when_its_media_comes_elsewhere_only() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut carriage = Carriage::new(pair(), start, start);
        carriage.arrived(at(1000));
        let mut comes = |millis| carriage.is_left_by_other(at(millis));

        let told = [1100, 1400, 1500, 1600, 1700, 1800].map(&mut comes);
        assert_eq!(told, [false, false, false, false, false, true]);
        carriage.arrived(at(1900));
        assert!(!carriage.is_left_by_other(at(2000)));
    }

    #[test]
    fn a_second_pair_has_less_patience_left() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let useless_after = |connected| {
            let carriage = Carriage::new(pair(), start, at(2500));
            let standing = Standing {
                connected: Some(at(connected)),
                in_pieces: true,
                is_relayed: true,
            };
            carriage.next_wake(standing).unwrap() - start
        };

        let waits = [2600, 3400].map(|connected| useless_after(connected).as_millis());
        assert_eq!(waits, [3400, 4200]);
    }

    #[test]
    fn full_packets_that_come_late_give_the_picture_time_to_become_whole() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let standing = Standing {
            connected: Some(at(100)),
            in_pieces: true,
            is_relayed: false,
        };
        let useless_after = |full| {
            let mut carriage = Carriage::new(pair(), start, start);
            carriage.brought(1_150, at(full));
            carriage.next_wake(standing).unwrap() - start
        };

        assert_eq!(
            [150, 1000].map(useless_after).map(|one| one.as_millis()),
            [1900, 2300]
        );
    }

    #[test]
    fn a_pair_that_brings_small_packets_only_is_given_up_sooner_also_to_a_relay() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut carriage = Carriage::new(pair(), at(200), at(200));
        let standing = |is_relayed| Standing {
            connected: Some(at(100)),
            in_pieces: true,
            is_relayed,
        };
        assert!(!carriage.is_useless(standing(true), at(1999)));
        assert!(carriage.is_useless(standing(true), at(2000)));
        carriage.brought(1_000, at(300));

        assert!(!carriage.is_useless(standing(false), at(1699)));
        assert!(carriage.is_useless(standing(false), at(1700)));
        assert!(!carriage.is_useless(standing(true), at(999)));
        assert!(carriage.is_useless(standing(true), at(1000)));
        assert!(!carriage.loses(standing(false)));
        carriage.brought(1_150, at(400));
        assert!(carriage.loses(standing(false)));
        assert!(!carriage.is_useless(standing(false), at(1999)));
        assert!(!carriage.is_useless(standing(true), at(1999)));
    }

    fn pair() -> Pair {
        Pair {
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
            via: Via::Direct,
        }
    }
}
