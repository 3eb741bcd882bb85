//! One end of a session as a test sees it.

use hopsight_evidence::PathEvent;
use hopsight_kit::{Moment, SeededRandom, SessionId, Timestamp};
use hopsight_path::{EncodedFrame, Media, PathHandle, PathOutput, PathSettings, RelayAccess, open};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Nothing on loopback takes this long, whatever the machine is doing.
const TOO_LONG: Duration = Duration::from_secs(20);

pub(crate) struct End {
    pub(crate) path: PathHandle,
    outputs: mpsc::Receiver<PathOutput>,
    /// Everything that came out so far.
    pub(crate) seen: Vec<PathOutput>,
}

impl End {
    pub(crate) async fn open(media: Media, relay: Option<RelayAccess>) -> Self {
        let session = SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1));
        let interfaces = Some(vec![IpAddr::from([127, 0, 0, 1])]);
        let settings = PathSettings {
            session,
            media,
            relay,
            interfaces,
        };
        let (path, outputs) = open(settings).await.unwrap();
        Self {
            path,
            outputs,
            seen: Vec::new(),
        }
    }

    /// Waits for the first output, past or coming, of which `which` makes something.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        which: impl Fn(&PathOutput) -> Option<T>,
    ) -> T {
        if let Some(found) = self.seen.iter().find_map(&which) {
            return found;
        }
        loop {
            let next = timeout(TOO_LONG, self.outputs.recv()).await;
            let Ok(Some(output)) = next else {
                panic!("no {what} came; seen: {:#?}", self.seen);
            };
            let found = which(&output);
            self.seen.push(output);
            if let Some(found) = found {
                return found;
            }
        }
    }

    pub(crate) async fn event<T>(
        &mut self,
        what: &str,
        which: impl Fn(&PathEvent) -> Option<T>,
    ) -> T {
        self.until(what, |output| match output {
            PathOutput::Event(_, event) => which(event),
            _ => None,
        })
        .await
    }

    pub(crate) fn has_event(&self, which: impl Fn(&PathEvent) -> bool) -> bool {
        self.count_events(which) > 0
    }

    pub(crate) fn count_events(&self, which: impl Fn(&PathEvent) -> bool) -> usize {
        let events = self
            .seen
            .iter()
            .filter(|output| matches!(output, PathOutput::Event(_, event) if which(event)));
        events.count()
    }

    /// Whether nothing comes any more.
    pub(crate) async fn is_over(&mut self) -> bool {
        timeout(TOO_LONG, self.outputs.recv())
            .await
            .unwrap()
            .is_none()
    }

    /// The next trickled candidates; `None` once a path is there.
    pub(crate) async fn trickle_or_path(&mut self) -> Option<PathOutput> {
        loop {
            let output = timeout(TOO_LONG, self.outputs.recv()).await.unwrap()?;
            self.seen.push(output.clone());
            match output {
                PathOutput::Trickle(_) => return Some(output),
                PathOutput::Connected(_) => return None,
                _ => {}
            }
        }
    }
}

/// An access unit that no decoder would take, but every packetiser does.
pub(crate) fn frame(key: bool, number: u8, length: usize) -> EncodedFrame {
    let start = [0, 0, 0, 1];
    let parameters: [&[u8]; 2] = [&[0x67, 0x42, 0xE0, 0x1F, 7], &[0x68, 0xCE, 7]];
    let mut bytes = Vec::new();
    if key {
        for parameter in parameters {
            bytes.extend(start);
            bytes.extend(parameter);
        }
    }
    bytes.extend(start);
    bytes.push(if key { 0x65 } else { 0x41 });
    bytes.resize(bytes.len() + length, number);
    EncodedFrame {
        bytes,
        key,
        captured: Moment::after_start(Duration::from_millis(50) * u32::from(number)),
    }
}

/// Exchanges offer, answer and what is trickled by then.
pub(crate) async fn negotiate(caller: &End, callee: &End) {
    let offer = caller.path.offer().await.unwrap();
    let answer = callee.path.answer(&offer).await.unwrap();
    caller.path.accept_answer(&answer).await.unwrap();
}
