//! The other end is a browser: its description is understood, and ours is one
//! that it understands.

use crate::end::End;
use hopsight_evidence::{CandidateKind, PathEvent, Transport};
use hopsight_path::Media;

/// What Chromium 156 offers for a video it wants to see and two data channels,
/// cut down to the codecs that matter.
const OFFER: &str = "v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 106 107 108 109
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:2203521 1 udp 2113937151 6d1f3f2c-8c3d-4b0e-9b1f-2f1a3c5d7e9f.local 54400 typ host generation 0 network-cost 999
a=candidate:77 1 tcp 1518280447 10.0.0.9 9 typ host tcptype active generation 0
a=candidate:78 1 udp 33562623 127.0.0.1 50000 typ relay raddr 0.0.0.0 rport 0 generation 0
a=ice-ufrag:4ZcD
a=ice-pwd:2/1muCWoOi3uLifh0NuRHlhM
a=ice-options:trickle
a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 urn:3gpp:video-orientation
a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid
a=recvonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 goog-remb
a=rtcp-fb:102 transport-cc
a=rtcp-fb:102 ccm fir
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=rtpmap:106 H264/90000
a=rtcp-fb:106 goog-remb
a=rtcp-fb:106 transport-cc
a=rtcp-fb:106 ccm fir
a=rtcp-fb:106 nack
a=rtcp-fb:106 nack pli
a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:107 rtx/90000
a=fmtp:107 apt=106
a=rtpmap:108 H264/90000
a=rtcp-fb:108 goog-remb
a=rtcp-fb:108 transport-cc
a=rtcp-fb:108 ccm fir
a=rtcp-fb:108 nack
a=rtcp-fb:108 nack pli
a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
a=rtpmap:109 rtx/90000
a=fmtp:109 apt=108
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:4ZcD
a=ice-pwd:2/1muCWoOi3uLifh0NuRHlhM
a=ice-options:trickle
a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24
a=setup:actpass
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
";

/// The lines of the answer that say what the picture is like.
fn picture(description: &str) -> Vec<&str> {
    let wanted = [
        "m=",
        "a=rtpmap:",
        "a=fmtp:",
        "a=rtcp-fb:",
        "a=sendonly",
        "a=recvonly",
        "a=mid:",
    ];
    let mut lines: Vec<&str> = description
        .lines()
        .filter(|line| wanted.iter().any(|start| line.starts_with(start)))
        .collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn a_browser_that_wants_to_see_gets_the_one_codec_with_its_own_numbers() {
    let sharer = End::open(Media::Send, None).await;

    let answer = sharer.path.answer(OFFER).await.unwrap();

    let expected = [
        "a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        "a=fmtp:107 apt=106",
        "a=mid:0",
        "a=mid:1",
        "a=rtcp-fb:106 ccm fir",
        "a=rtcp-fb:106 goog-remb",
        "a=rtcp-fb:106 nack",
        "a=rtcp-fb:106 nack pli",
        "a=rtcp-fb:106 transport-cc",
        "a=rtpmap:106 H264/90000",
        "a=rtpmap:107 rtx/90000",
        "a=sendonly",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "m=video 9 UDP/TLS/RTP/SAVPF 106 107",
    ];
    assert_eq!(picture(&answer), expected);
    assert!(
        answer.contains("a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay")
    );
}

#[tokio::test]
async fn of_a_browsers_candidates_the_addresses_are_taken_and_the_names_are_not() {
    let mut sharer = End::open(Media::Send, None).await;

    sharer.path.answer(OFFER).await.unwrap();

    sharer
        .event("relayed candidate", |event| {
            let expected = PathEvent::CandidateTold {
                kind: CandidateKind::Relayed,
                transport: Transport::Udp,
                address: "127.0.0.1:50000".parse().unwrap(),
            };
            (*event == expected).then_some(())
        })
        .await;
    let told = |event: &PathEvent| matches!(event, PathEvent::CandidateTold { .. });
    assert_eq!(sharer.count_events(told), 2);
}
