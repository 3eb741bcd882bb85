//! Decides whether this build encodes fast enough. openh264 built without nasm
//! silently drops its assembly and is three times slower; [`speed_probe`]
//! measures it once, so that nobody has to guess.

use crate::colour::picture_from_bgra;
use crate::encode::{Encode, EncodeError, H264Encoder, Request};
use crate::pattern::{TestPattern, USUAL_SIZE};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// What one picture costs on this machine with this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// Processor time for one changed picture of 1280 by 720 pixels, the best
    /// of three; not counting what other programs use.
    pub per_picture: Duration,
}

impl Speed {
    /// Above this, the assembly is most likely missing: with it a picture takes
    /// 5 to 9 ms, without it 20 to 30 ms.
    pub const SLOW: Duration = Duration::from_millis(15);

    /// Whether encoding is so slow that a person should know.
    #[must_use]
    pub fn is_slow(self) -> bool {
        self.per_picture > Self::SLOW
    }

    /// What to tell the person who runs this; `None` when all is well.
    #[must_use]
    pub fn complaint(self) -> Option<String> {
        self.is_slow().then(|| {
            format!(
                "H.264 encoding is slow on this machine: {:.1} ms for one picture of 1280x720, \
                 at most {} ms expected. This build most likely lacks openh264's assembly: \
                 install nasm and build hopsight again",
                self.per_picture.as_secs_f64() * 1000.0,
                Self::SLOW.as_millis()
            )
        })
    }
}

/// Measures what encoding one picture costs, in about a tenth of a second, and
/// logs a warning when it is too much.
pub fn speed_probe() -> Result<Speed, EncodeError> {
    let (width, height) = USUAL_SIZE;
    let mut encoder = H264Encoder::new(u32::MAX)?;
    let mut best = Duration::MAX;
    for shift in 0..4 {
        let picture = shifted_pattern(width, height, shift);
        let request = Request {
            key: false,
            area: picture.area(),
        };
        let before = processor_time();
        encoder.encode(&picture, request, Instant::now())?;
        let took = processor_time().saturating_sub(before);
        // The first call sets the encoder up and is a key frame.
        if shift > 0 {
            best = best.min(took);
        }
    }
    let speed = Speed { per_picture: best };
    if let Some(complaint) = speed.complaint() {
        tracing::warn!(per_picture = ?speed.per_picture, "{complaint}");
    }
    Ok(speed)
}

/// The pattern moved up by a few rows: work like that of a scrolled page.
fn shifted_pattern(width: usize, height: usize, shift: usize) -> crate::Picture {
    let pattern = TestPattern::new(width, height, 1);
    let mut pixels = pattern.pixels().to_vec();
    pixels.rotate_left(shift * 6 * width * 4);
    picture_from_bgra(width, height, &pixels)
        .unwrap_or_else(|| crate::Picture::black(width, height))
}

fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_build_is_named_with_its_remedy() {
        let slow = Speed {
            per_picture: Duration::from_micros(23_400),
        };
        let fast = Speed {
            per_picture: Duration::from_millis(7),
        };

        assert_eq!(fast.complaint(), None);
        assert_eq!(
            slow.complaint().unwrap(),
            "H.264 encoding is slow on this machine: 23.4 ms for one picture of 1280x720, at most \
             15 ms expected. This build most likely lacks openh264's assembly: install nasm and \
             build hopsight again"
        );
    }

    #[test]
    fn the_probe_measures_something() {
        let speed = speed_probe().unwrap();

        println!("{speed:?}");
        assert!(speed.per_picture > Duration::from_micros(100), "{speed:?}");
        assert!(speed.per_picture < Duration::from_secs(1), "{speed:?}");
    }
}
