//! Lync clients' summaries, by example.

use super::story::Story;
use crate::{Code, Confidence, Evidence};
use hopsight_evidence::{Observation, Observer};

#[test]
fn the_mask_0x29_between_two_pcs_inside_leads_to_two_faults() {
    let mut story = Story::default();
    story.summary(22, 0x29, 2);

    let verdicts = story.verdicts();
    assert_eq!(
        story.said(),
        [
            (Code::NoRoute, Confidence::Leading),
            (Code::RelayUnreachable, Confidence::Leading)
        ]
    );
    assert_eq!(verdicts[0].also, [Code::RelayUnreachable]);
    let rivals: Vec<Code> = verdicts[0]
        .cannot_tell_apart
        .iter()
        .map(|rival| rival.code)
        .collect();
    assert_eq!(
        rivals,
        [Code::PortsFiltered, Code::SilentDrop, Code::HostFirewallIn]
    );
    let measured = "measured by the caller, the other party of this log";
    let says = |verdict: &crate::Verdict| {
        let lines = verdict.evidence.lines().map(Evidence::says);
        lines.filter(|says| *says == measured).count()
    };
    assert_eq!(verdicts.iter().map(says).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(
        verdicts[1].admin,
        "For the caller the relay was not reachable (0x1, 0x8); the peer offered none."
    );
}

#[test]
fn a_stated_firewall_that_is_off_takes_that_rival_away() {
    let mut story = Story::default();
    story.summary(22, 0x29, 2);
    let observation = Observation::Stated {
        name: "host-firewall".to_owned(),
        value: "off".to_owned(),
        place: "10.102.0.139".to_owned(),
    };
    story.tell(Observer::Administrator, observation);

    let verdict = &story.verdicts()[0];
    let rivals: Vec<Code> = verdict
        .cannot_tell_apart
        .iter()
        .map(|rival| rival.code)
        .collect();
    assert_eq!(rivals, [Code::PortsFiltered, Code::SilentDrop]);
    assert_eq!(verdict.excluded[0].code, Code::HostFirewallIn);
    assert_eq!(verdict.confidence, Confidence::Leading);
}

#[test]
fn the_same_mask_between_two_pcs_outside_is_not_a_missing_route() {
    let mut story = Story::default();
    story.summary(24, 0x320, 1);

    assert_eq!(story.said(), [(Code::Undetermined, Confidence::Unknown)]);
}

#[test]
fn information_on_a_call_that_worked_is_no_fault() {
    for id in [51004, 51007] {
        let mut story = Story::default();
        story.summary(id, 0x80000, 2);

        assert_eq!(story.verdicts(), []);
    }
}

#[test]
fn an_endpoint_cannot_bring_in_a_trace_or_a_statement() {
    let mut story = Story::default();
    story.summary(22, 0x29, 2);
    story.facts[0].observer = Observer::Viewer;

    assert_eq!(story.verdicts(), []);
}
