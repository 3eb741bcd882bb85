//! `no-route` where the router said so minutes ago and now says nothing: a router
//! has few words for one host, and who tries again at once has spent them.
//!
//! Evidence: packets that get as far as a router and vanish there, over UDP and
//! TCP, and that router's own word, in a session a moment ago, that it has no route
//! to the same address. It is located, never proven: the route may have been
//! mended and something else may drop the packets now.

use super::super::cut::{Connection, Cut};
use super::super::{SIDES, earlier, listed, naming, reach};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Rival, Verdict};
use hopsight_evidence::Side;
use std::net::IpAddr;

/// The verdict about packets of the `open` sides, if they vanish at such routers.
pub(in crate::faults) fn judge_earlier(scene: &Scene<'_>, open: &[Side]) -> Option<Verdict> {
    let cut = Cut::find(scene, open)?;
    let passes = cut.connections(scene).iter().any(Connection::passes);
    let told: Vec<Told<'_>> = SIDES
        .into_iter()
        .filter(|side| cut.lost.contains(side))
        .filter_map(|side| told(scene, side))
        .collect();
    let first = told.first().filter(|_| !passes)?;
    let sides: Vec<Side> = told.iter().map(|one| one.side).collect();
    let mut routers: Vec<IpAddr> = told.iter().map(|one| one.word.router).collect();
    routers.dedup();
    let lines = told.iter().skip(1).map(Told::line);
    let rest = lines.chain(cut.lines(scene)).collect();
    Some(
        Verdict::new(
            Code::NoRoute,
            Confidence::Located,
            Culprit::new(CulpritKind::Router, routers)
                .on(&sides)
                .stops(&cut.lost),
            words(scene, &told),
            Proof::new(first.line(), rest),
        )
        .excluding(cut.excluded())
        .rivalled_by(vec![Rival::new(
            Code::SilentDrop,
            "the same attempt after half a minute of rest: a router without a route says so again",
        )]),
    )
}

/// What the router at which the packets of `side` vanish said a moment ago.
struct Told<'a> {
    side: Side,
    word: earlier::Word<'a>,
}

impl Told<'_> {
    fn line(&self) -> Evidence {
        let word = &self.word;
        let says = format!(
            "in a session a moment ago {} answered \"{}\" for {}, and says nothing now",
            word.router,
            naming::words_of(word.kind),
            word.destination
        );
        Evidence::of(word.fact, says)
    }
}

fn told<'a>(scene: &Scene<'a>, side: Side) -> Option<Told<'a>> {
    let last = reach::of(scene, side)?.last;
    let word = earlier::refusal(scene, side, last)?;
    let is_meant = scene
        .addresses_told_of(side.other())
        .contains(&word.destination);
    is_meant.then_some(Told { side, word })
}

fn words(scene: &Scene<'_>, told: &[Told<'_>]) -> Words {
    let target = |one: &Told<'_>| {
        let far = one.side.other();
        let network = scene.network_of(far, one.word.destination);
        network.unwrap_or_else(|| one.word.destination.to_string())
    };
    let each = |say: &dyn Fn(&Told<'_>) -> String| told.iter().map(say).collect::<Vec<_>>();
    let missing = each(&|one| {
        let (router, target) = (one.word.router, target(one));
        format!("router {router} has no route to {target}")
    });
    let steps = each(&|one| format!("on {}: add a route to {}", one.word.router, target(one)));
    Words {
        user: format!(
            "It was said a moment ago that {}, and packets still vanish there. Your network team \
             can fix it; nothing is wrong on either PC.",
            listed(&missing)
        ),
        admin: format!(
            "Packets vanish without a word where a router said a moment ago that it has no route: \
             {}.",
            listed(&missing)
        ),
        remedy: format!("{}, and the way back", steps.join("; ")),
    }
}
