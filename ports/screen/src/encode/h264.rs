//! Encodes H.264 with openh264: constrained baseline, screen content, low
//! complexity, one thread, key frames on demand only. The library's own rate
//! control is off; [`Budget`] chooses one quantiser for each picture, because
//! sharpening a resting picture needs an exact one.

use super::budget::{Budget, Kind, Paid, SHARP, SHARPEN_BELOW, pixels};
use super::options::{OptionRefused, set_quantiser};
use super::{Encode, EncodeError, EncodedFrame, Request};
use crate::picture::Picture;
use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, ColorPrimaries, Complexity, Encoder, EncoderConfig, FrameRate, FrameType,
    IntraFramePeriod, MatrixCoefficients, Profile, RateControlMode, TransferCharacteristics,
    UsageType, VuiConfig,
};
use openh264::formats::YUVSlices;
use std::time::{Duration, Instant};

/// The H.264 encoder.
pub struct H264Encoder {
    encoder: Encoder,
    budget: Budget,
    size: Option<(usize, usize)>,
    quantiser: u8,
    /// What was asked for and could not be sent yet.
    due: Request,
}

impl H264Encoder {
    /// An encoder for `bits_per_second`; takes the size of the first picture.
    pub fn new(bits_per_second: u32) -> Result<Self, EncodeError> {
        Ok(Self {
            encoder: raw_encoder()?,
            budget: Budget::new(bits_per_second),
            size: None,
            quantiser: 0,
            due: Request::default(),
        })
    }

    /// Takes the size of `picture`: the library is set up by its first picture
    /// only, and its quantiser can be set only after that. A black picture
    /// costs least.
    fn take_size(&mut self, picture: &Picture) -> Result<(), EncodeError> {
        let size = (picture.width(), picture.height());
        if self.size == Some(size) {
            return Ok(());
        }
        if size.0.max(size.1) > 3840 || size.0.min(size.1) > 2160 {
            let (width, height) = size;
            return Err(EncodeError::TooLarge { width, height });
        }
        self.encode_raw(&Picture::black(size.0, size.1))?;
        self.quantiser = 0;
        self.size = Some(size);
        self.due = Request {
            key: true,
            area: picture.area(),
        };
        Ok(())
    }

    /// When there will be room for what is due; `None` when there is room now.
    fn room_at(&self) -> Option<Instant> {
        if self.due.key {
            return self.budget.clear_at(KEY_BELOW);
        }
        if self.due.area > 0 {
            return self.budget.clear_at(CHANGE_BELOW);
        }
        self.budget.clear_at(SHARPEN_BELOW)
    }

    fn has_something_due(&self) -> bool {
        self.due.key || self.due.area > 0 || self.budget.is_blurred()
    }

    fn encode_due(&mut self, picture: &Picture, now: Instant) -> Result<EncodedFrame, EncodeError> {
        let kind = if self.due.key {
            Kind::Key
        } else {
            Kind::Change
        };
        let area = if self.due.key {
            picture.area()
        } else {
            self.due.area
        };
        let was_blurred = self.budget.is_blurred();
        let quantiser = if area == 0 {
            SHARP
        } else {
            self.budget.choose(kind, area, picture.area(), now)
        };
        self.use_quantiser(quantiser)?;
        if self.due.key {
            self.encoder.force_intra_frame();
        }
        let started = Instant::now();
        let (bytes, key) = self.encode_raw(picture)?;
        let took = started.elapsed();
        let paid = Paid {
            bits: pixels(bytes.len()) * 8.0,
            quantiser,
            whole: pixels(picture.area()),
            was_blurred,
        };
        let area = if key { picture.area() } else { area };
        self.budget.spend(kind, area, paid, now);
        self.due = Request::default();
        Ok(EncodedFrame {
            bytes,
            key,
            sharp: !self.budget.is_blurred(),
            quantiser,
            took,
        })
    }

    fn use_quantiser(&mut self, quantiser: u8) -> Result<(), EncodeError> {
        if self.quantiser == quantiser {
            return Ok(());
        }
        set_quantiser(&mut self.encoder, quantiser).map_err(|OptionRefused(code)| {
            EncodeError::SetUp {
                step: "setting the quantiser",
                source: openh264::Error::msg(&format!("option refused with code {code}")),
            }
        })?;
        self.quantiser = quantiser;
        Ok(())
    }

    fn encode_raw(&mut self, picture: &Picture) -> Result<(Vec<u8>, bool), EncodeError> {
        let (width, height) = (picture.width(), picture.height());
        let planes = (picture.luma(), picture.blue(), picture.red());
        let source = YUVSlices::new(planes, (width, height), (width, width / 2, width / 2));
        let stream = self
            .encoder
            .encode(&source)
            .map_err(|source| EncodeError::Refused {
                width,
                height,
                source,
            })?;
        Ok((stream.to_vec(), stream.frame_type() == FrameType::IDR))
    }
}

impl Encode for H264Encoder {
    fn encode(
        &mut self,
        picture: &Picture,
        request: Request,
        now: Instant,
    ) -> Result<Option<EncodedFrame>, EncodeError> {
        self.take_size(picture)?;
        self.due.key |= request.key;
        self.due.area = (self.due.area + request.area).min(picture.area());
        self.budget.settle(now);
        if !self.has_something_due() || self.room_at().is_some() {
            return Ok(None);
        }
        let encoded = self.encode_due(picture, now);
        if encoded.is_err() {
            self.due.key = true;
        }
        encoded.map(Some)
    }

    fn next_wake(&self) -> Option<Instant> {
        if !self.has_something_due() {
            return None;
        }
        Some(self.room_at().unwrap_or_else(Instant::now))
    }

    fn set_bitrate(&mut self, bits_per_second: u32) {
        self.budget.set_rate(bits_per_second);
    }
}

impl std::fmt::Debug for H264Encoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("H264Encoder")
            .field("size", &self.size)
            .field("quantiser", &self.quantiser)
            .field("budget", &self.budget)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}

/// A changed picture waits while the link owes more than this.
const CHANGE_BELOW: Duration = Duration::from_millis(100);
/// A key frame waits while the link owes more than this.
const KEY_BELOW: Duration = Duration::from_millis(500);

fn raw_encoder() -> Result<Encoder, EncodeError> {
    let colours = VuiConfig::new()
        .color_primaries(ColorPrimaries::Bt709)
        .transfer_characteristics(TransferCharacteristics::Bt709)
        .matrix_coefficients(MatrixCoefficients::Smpte170M);
    let config = EncoderConfig::new()
        .profile(Profile::Baseline)
        .usage_type(UsageType::ScreenContentRealTime)
        .complexity(Complexity::Low)
        .rate_control_mode(RateControlMode::Off)
        .skip_frames(false)
        .bitrate(BitRate::from_bps(2_500_000))
        .max_frame_rate(FrameRate::from_hz(30.0))
        .intra_frame_period(IntraFramePeriod::from_num_frames(0))
        // Screen mode switches both off by itself, with a warning for each.
        .adaptive_quantization(false)
        .background_detection(false)
        .num_threads(1)
        .vui(colours);
    Encoder::with_api_config(OpenH264API::from_source(), config).map_err(|source| {
        EncodeError::SetUp {
            step: "creating it",
            source,
        }
    })
}
