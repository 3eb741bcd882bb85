//! Makes the pictures of a share: captures and encodes on a thread of its own,
//! as long as somebody watches. Whom they go to is left to the share.

use hopsight_evidence::CaptureState;
use hopsight_kit::Moment;
use hopsight_net::Clock;
use hopsight_path::EncodedFrame;
use hopsight_screen::{
    Capture, CaptureError, CursorState, Encode, EncodeError, H264Encoder, Options, Picture,
    Request, Source, open,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How often the pointer is looked at when nothing else changes.
const POINTER_EVERY: Duration = Duration::from_millis(50);

/// The rate before the path has told what it carries, in bits per second.
const FIRST_BITRATE: u32 = 6_000_000;

/// Never less than this, or a change of window would take minutes.
const LEAST_BITRATE: u32 = 300_000;

/// Places of a picture that are looked at; no row or column divides them.
const PLACES: usize = 499;

/// Pictures that may wait to be handed on.
const WAITING: usize = 4;

/// What the thread hands on.
#[derive(Debug)]
pub(crate) enum Produced {
    /// One picture and its size.
    Frame(EncodedFrame, (usize, usize)),
    /// The pointer moved or changed.
    Cursor(CursorState),
    /// It cannot go on.
    Failed(ProduceError),
}

impl ProduceError {
    /// What it says of the capture; nothing when the capture is not to blame.
    pub(crate) const fn capture_state(&self) -> Option<CaptureState> {
        match self {
            Self::Capture(CaptureError::Denied { .. } | CaptureError::Refused { .. }) => {
                Some(CaptureState::Denied)
            }
            Self::Capture(
                CaptureError::NoDisplay
                | CaptureError::CannotConnect { .. }
                | CaptureError::ExtensionMissing { .. }
                | CaptureError::PixelForm { .. }
                | CaptureError::SourceHidden { .. }
                | CaptureError::SourceGone { .. }
                | CaptureError::BackendLost { .. },
            ) => Some(CaptureState::NoSource),
            Self::Encode(_) | Self::Thread(_) => None,
        }
    }
}

/// Why no more pictures can be made.
#[derive(Debug, thiserror::Error)]
pub enum ProduceError {
    /// The screen cannot be captured.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// A picture cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The system gave no thread.
    #[error("could not start a thread to capture the screen")]
    Thread(#[source] std::io::Error),
}

/// A running capture. Dropping it ends the capture.
#[derive(Debug)]
pub(crate) struct Producer {
    wishes: Arc<Wishes>,
}

#[derive(Debug)]
struct Wishes {
    stop: AtomicBool,
    key: AtomicBool,
    hold: AtomicBool,
    bitrate: AtomicU32,
    captured: AtomicU64,
    varied: AtomicBool,
}

impl Producer {
    /// Starts to capture `source`.
    pub(crate) fn start(
        source: Source,
        clock: Clock,
    ) -> Result<(Self, mpsc::Receiver<Produced>), ProduceError> {
        let wishes = Arc::new(Wishes {
            stop: AtomicBool::new(false),
            key: AtomicBool::new(true),
            hold: AtomicBool::new(false),
            bitrate: AtomicU32::new(FIRST_BITRATE),
            captured: AtomicU64::new(0),
            varied: AtomicBool::new(false),
        });
        let (sender, receiver) = mpsc::channel(WAITING);
        let theirs = Arc::clone(&wishes);
        std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || {
                if let Err(error) = produce(source, &clock, &theirs, &sender) {
                    let _gone = sender.blocking_send(Produced::Failed(error));
                }
            })
            .map_err(ProduceError::Thread)?;
        Ok((Self { wishes }, receiver))
    }

    /// The next picture shall need no earlier one.
    pub(crate) fn want_key_frame(&self) {
        self.wishes.key.store(true, Ordering::Relaxed);
    }

    /// The rate to keep to.
    pub(crate) fn keep_to(&self, bits_per_second: u64) {
        let rate = u32::try_from(bits_per_second).unwrap_or(u32::MAX);
        self.wishes
            .bitrate
            .store(rate.max(LEAST_BITRATE), Ordering::Relaxed);
    }

    /// Makes no pictures while a path is congested: a late one helps nobody.
    pub(crate) fn hold(&self, hold: bool) {
        self.wishes.hold.store(hold, Ordering::Relaxed);
    }
}

impl Producer {
    /// So often the screen has changed.
    pub(crate) fn captured(&self) -> u64 {
        self.wishes.captured.load(Ordering::Relaxed)
    }

    /// Whether everything that was captured is of one colour.
    pub(crate) fn is_uniform(&self) -> bool {
        self.captured() > 0 && !self.wishes.varied.load(Ordering::Relaxed)
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.wishes.stop.store(true, Ordering::Relaxed);
    }
}

fn produce(
    source: Source,
    clock: &Clock,
    wishes: &Wishes,
    sender: &mpsc::Sender<Produced>,
) -> Result<(), ProduceError> {
    let mut capture = open(source, &Options::default())?;
    let mut encoder = H264Encoder::new(FIRST_BITRATE)?;
    let mut held_back = 0;
    while !wishes.stop.load(Ordering::Relaxed) {
        let wake = soon(&encoder);
        let captured = capture.next(wake)?;
        held_back += captured.area();
        if captured.area() > 0 {
            wishes.captured.fetch_add(1, Ordering::Relaxed);
            look_at(capture.picture(), wishes);
        }
        encoder.set_bitrate(wishes.bitrate.load(Ordering::Relaxed));
        let frame = if wishes.hold.load(Ordering::Relaxed) {
            None
        } else {
            encode(
                capture.as_ref(),
                &mut encoder,
                wishes,
                std::mem::take(&mut held_back),
                clock,
            )?
        };
        let cursor = capture.cursor()?.map(Produced::Cursor);
        for one in frame.into_iter().chain(cursor) {
            if sender.blocking_send(one).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Notes whether a picture shows more than one colour.
fn look_at(picture: &Picture, wishes: &Wishes) {
    if !wishes.varied.load(Ordering::Relaxed) && !is_of_one_colour(picture) {
        wishes.varied.store(true, Ordering::Relaxed);
    }
}

/// As far as some hundred places of it tell.
fn is_of_one_colour(picture: &Picture) -> bool {
    [picture.luma(), picture.blue(), picture.red()]
        .into_iter()
        .all(|plane| {
            let step = (plane.len() / PLACES).max(1);
            let mut places = plane.iter().step_by(step);
            let first = places.next();
            places.all(|value| Some(value) == first)
        })
}

fn soon(encoder: &H264Encoder) -> Instant {
    let pointer = Instant::now() + POINTER_EVERY;
    encoder
        .next_wake()
        .map_or(pointer, |wake| wake.min(pointer))
}

fn encode(
    capture: &dyn Capture,
    encoder: &mut H264Encoder,
    wishes: &Wishes,
    area: usize,
    clock: &Clock,
) -> Result<Option<Produced>, EncodeError> {
    let key = wishes.key.swap(false, Ordering::Relaxed);
    let request = Request { key, area };
    let captured: Moment = clock.now();
    let frame = encoder.encode(capture.picture(), request, Instant::now())?;
    Ok(frame.map(|frame| {
        let sent = EncodedFrame {
            bytes: frame.bytes,
            key: frame.key,
            captured,
        };
        Produced::Frame(sent, capture.size())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_black_screen_is_of_one_colour_and_a_test_pattern_is_not() {
        let mut capture = open(Source::TestPattern, &Options::default()).unwrap();
        capture.next(Instant::now()).unwrap();

        assert!(is_of_one_colour(&Picture::black(64, 48)));
        assert!(!is_of_one_colour(capture.picture()));
    }
}
