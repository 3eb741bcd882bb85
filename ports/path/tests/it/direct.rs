//! Two ends that reach each other.

use crate::end::{End, frame, negotiate};
use hopsight_evidence::{DtlsStep, IceState, PathEvent, Transport, Via};
use hopsight_path::{Channel, Media, PathKind, PathOutput};
use std::time::Duration;

async fn connected(end: &mut End) -> (PathKind, Transport, Via) {
    end.until("connection", |output| match output {
        PathOutput::Connected(path) => Some((path.kind, path.transport, path.pair.via)),
        _ => None,
    })
    .await
}

/// Sends key frames on demand and a delta frame, until the viewer has both.
pub(crate) async fn show(sharer: &mut End, viewer: &mut End) {
    sharer
        .until("wish for a key frame", |output| {
            matches!(output, PathOutput::KeyFrameWanted).then_some(())
        })
        .await;
    let key = frame(true, 1, 40_000);
    let delta = frame(false, 2, 900);
    sharer.path.send_frame(key.clone()).unwrap();
    sharer.path.send_frame(delta.clone()).unwrap();
    for sent in [key, delta] {
        let expected = PathOutput::Frame {
            bytes: sent.bytes,
            key: sent.key,
        };
        viewer
            .until("frame", |output| (*output == expected).then_some(()))
            .await;
    }
}

async fn converse(one: &mut End, other: &mut End) {
    for (channel, bytes) in [
        (Channel::Control, b"{\"ask\":\"control\"}".to_vec()),
        (Channel::Cursor, vec![0xFF, 0, 7]),
    ] {
        one.path.send_data(channel, bytes.clone()).unwrap();
        let expected = PathOutput::Data { channel, bytes };
        other
            .until("message", |output| (*output == expected).then_some(()))
            .await;
    }
}

async fn everything_was_told(end: &mut End) {
    end.event("check that left", |event| {
        matches!(event, PathEvent::CheckSent { attempt: 1, .. }).then_some(())
    })
    .await;
    end.event("answered check", |event| {
        matches!(
            event,
            PathEvent::CheckAnswered {
                mapped: Some(_),
                ..
            }
        )
        .then_some(())
    })
    .await;
    end.event("check of the other end", |event| {
        matches!(event, PathEvent::CheckReceived { accepted: true, .. }).then_some(())
    })
    .await;
    end.event("nomination", |event| {
        matches!(event, PathEvent::Nominated { .. }).then_some(())
    })
    .await;
    for step in [DtlsStep::Started, DtlsStep::Connected] {
        end.event("step of DTLS", |event| {
            (*event == PathEvent::Dtls { step }).then_some(())
        })
        .await;
    }
    let state = IceState::Checking;
    end.event("state of ICE", |event| {
        (*event == PathEvent::IceStateChanged { state }).then_some(())
    })
    .await;
    end.event("first frame", |event| {
        (*event == PathEvent::FirstFrame).then_some(())
    })
    .await;
}

async fn a_session(caller: Media, callee: Media) {
    let mut caller_end = End::open(caller, None).await;
    let mut callee_end = End::open(callee, None).await;
    negotiate(&caller_end, &callee_end).await;

    let expected = (PathKind::Direct, Transport::Udp, Via::Direct);
    assert_eq!(connected(&mut caller_end).await, expected);
    assert_eq!(connected(&mut callee_end).await, expected);
    let (sharer, viewer) = match caller {
        Media::Send => (&mut caller_end, &mut callee_end),
        Media::Nothing | Media::Receive => (&mut callee_end, &mut caller_end),
    };
    show(sharer, viewer).await;
    converse(sharer, viewer).await;
    converse(viewer, sharer).await;
    everything_was_told(sharer).await;
    everything_was_told(viewer).await;
}

#[tokio::test]
async fn a_sharer_who_calls_is_seen() {
    a_session(Media::Send, Media::Receive).await;
}

#[tokio::test]
async fn a_viewer_who_calls_sees() {
    a_session(Media::Receive, Media::Send).await;
}

#[tokio::test]
async fn two_ends_without_a_picture_connect_and_converse() {
    let mut caller = End::open(Media::Nothing, None).await;
    let mut callee = End::open(Media::Nothing, None).await;
    negotiate(&caller, &callee).await;

    let expected = (PathKind::Direct, Transport::Udp, Via::Direct);
    assert_eq!(connected(&mut caller).await, expected);
    assert_eq!(connected(&mut callee).await, expected);
    converse(&mut caller, &mut callee).await;
}

#[tokio::test]
async fn a_decoder_that_lost_its_way_gets_a_key_frame() {
    let mut sharer = End::open(Media::Send, None).await;
    let mut viewer = End::open(Media::Receive, None).await;
    negotiate(&sharer, &viewer).await;
    show(&mut sharer, &mut viewer).await;
    sharer.seen.clear();

    viewer.path.request_key_frame().unwrap();

    sharer
        .until("wish for a key frame", |output| {
            matches!(output, PathOutput::KeyFrameWanted).then_some(())
        })
        .await;
}

#[tokio::test]
async fn an_endpoint_that_skips_pictures_learns_when_to_go_on() {
    let mut sharer = End::open(Media::Send, None).await;
    let mut viewer = End::open(Media::Receive, None).await;
    negotiate(&sharer, &viewer).await;
    show(&mut sharer, &mut viewer).await;
    for number in 3..6 {
        sharer
            .path
            .send_frame(frame(true, number, 400_000))
            .unwrap();
    }

    for congested in [true, false] {
        let turns = async {
            while sharer.path.is_congested() != congested {
                tokio::task::yield_now().await;
            }
        };
        let turned = tokio::time::timeout(Duration::from_secs(20), turns).await;
        assert!(turned.is_ok(), "never came to {congested}");
    }
}

#[tokio::test]
async fn candidates_may_come_before_and_after_the_description() {
    let mut sharer = End::open(Media::Send, None).await;
    let viewer = End::open(Media::Receive, None).await;
    let offer = sharer.path.offer().await.unwrap();
    let is_candidate = |line: &&str| line.starts_with("a=candidate:");
    let bare: Vec<&str> = offer.lines().filter(|line| !is_candidate(line)).collect();
    let candidates: Vec<&str> = offer.lines().filter(is_candidate).collect();

    viewer
        .path
        .add_candidates(&candidates.join("\r\n"))
        .await
        .unwrap();
    let answer = viewer.path.answer(&bare.join("\r\n")).await.unwrap();
    let bare: Vec<&str> = answer.lines().filter(|line| !is_candidate(line)).collect();
    sharer.path.accept_answer(&bare.join("\r\n")).await.unwrap();

    assert_eq!(connected(&mut sharer).await.0, PathKind::Direct);
}

#[tokio::test]
async fn nothing_leaves_a_path_that_was_closed() {
    let mut sharer = End::open(Media::Send, None).await;
    let mut viewer = End::open(Media::Receive, None).await;
    negotiate(&sharer, &viewer).await;
    show(&mut sharer, &mut viewer).await;

    sharer.path.close().await;

    let refused = sharer.path.send_frame(frame(true, 9, 100));
    assert_eq!(refused, Err(hopsight_path::SendError::Closed));
    let reason = sharer
        .until("end", |output| match output {
            PathOutput::Closed { reason } => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert_eq!(reason, "closed by this end");
    assert!(sharer.is_over().await);
}

#[tokio::test]
async fn a_description_that_is_none_is_refused_with_its_reason() {
    let end = End::open(Media::Receive, None).await;

    let refused = end.path.answer("v=0\r\nnonsense").await;

    assert!(matches!(
        refused,
        Err(hopsight_path::NegotiateError::Description { .. })
    ));
}
