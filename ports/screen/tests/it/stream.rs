//! What is encoded comes out of the decoder: readable at once, sharp at rest.

use hopsight_screen::pattern::TestPattern;
use hopsight_screen::{
    Encode, EncodedFrame, H264Decoder, H264Encoder, Picture, Request, counter, picture_from_bgra,
    similarity,
};
use std::time::{Duration, Instant};

#[test]
fn the_counter_survives_the_coarsest_picture() {
    let mut stream = Stream::new(50_000);
    for value in (0..20).map(|bit| 1 << bit) {
        let picture = pattern(value);
        stream.now += Duration::from_secs(60);
        let key = Request { key: true, area: 0 };

        let frame = stream.encode(&picture, key).unwrap();

        assert!(frame.key && frame.quantiser == 40, "{}", frame.quantiser);
        let shown = stream.shown.as_ref().unwrap();
        assert_eq!(
            counter::read(shown.luma(), shown.width(), shown.width()),
            Some(value)
        );
    }
}

#[test]
fn a_picture_at_rest_is_sharp_within_a_second() {
    for bitrate in [1_500_000, 2_500_000, 8_000_000] {
        let picture = pattern(77);
        let mut stream = Stream::new(bitrate);
        let began = stream.now;

        let first = stream.encode(&picture, change(&picture)).unwrap();
        stream.until_sharp(&picture);

        let alike = similarity(&picture, stream.shown.as_ref().unwrap()).unwrap();
        let took = stream.now - began;
        assert!(first.key);
        assert!(alike >= 0.98, "{alike} at {bitrate}");
        assert!(took <= Duration::from_secs(1), "{took:?} at {bitrate}");
    }
}

#[test]
fn a_new_page_is_sharp_within_a_second_too() {
    let mut stream = Stream::new(2_500_000);
    let first = pattern(77);
    stream.encode(&first, change(&first)).unwrap();
    stream.until_sharp(&first);
    stream.now += Duration::from_secs(1);
    let page = turned(&first);
    let began = stream.now;

    stream.encode(&page, change(&page)).unwrap();
    stream.until_sharp(&page);

    let alike = similarity(&page, stream.shown.as_ref().unwrap()).unwrap();
    let took = stream.now - began;
    assert!(alike >= 0.98, "{alike}");
    assert!(took <= Duration::from_secs(1), "{took:?}");
}

#[test]
fn what_rests_becomes_sharp_beside_what_moves() {
    let mut stream = Stream::new(2_500_000);
    let mut moving = TestPattern::new(1280, 720, 0);
    let mut picture = bgra(&moving);
    stream.encode(&picture, change(&picture));
    for value in 1..20 {
        stream.now += counter::STEP;
        let area = moving.advance(value).iter().map(|part| part.area()).sum();
        picture = bgra(&moving);
        stream.encode(&picture, Request { key: false, area });
    }

    let alike = similarity(&picture, stream.shown.as_ref().unwrap()).unwrap();
    assert!(alike >= 0.98, "{alike}");
    assert_eq!(stream.keys, 1);
}

#[test]
fn a_picture_that_is_sharp_and_unchanged_costs_no_frame() {
    let picture = pattern(5);
    let mut stream = Stream::new(2_500_000);
    stream.encode(&picture, change(&picture));
    stream.until_sharp(&picture);
    let sent = stream.sizes.len();

    for _ in 0..100 {
        stream.now += Duration::from_millis(50);
        assert_eq!(stream.encode(&picture, Request::default()), None);
        assert_eq!(stream.encoder.next_wake(), None);
    }
    assert_eq!(stream.sizes.len(), sent);
}

#[test]
fn a_key_frame_comes_when_it_is_asked_for_and_only_then() {
    let picture = pattern(5);
    let mut stream = Stream::new(8_000_000);
    stream.encode(&picture, change(&picture));
    stream.until_sharp(&picture);
    stream.now += Duration::from_secs(2);

    let frame = stream
        .encode(&picture, Request { key: true, area: 0 })
        .unwrap();

    assert!(frame.key);
    let mut late = H264Decoder::new().unwrap();
    assert!(late.decode(&frame.bytes).unwrap().is_some());
    assert_eq!(stream.keys, 2);
}

#[test]
fn the_stream_is_constrained_baseline_with_its_parameters_before_the_key_frame() {
    let picture = pattern(5);
    let mut stream = Stream::new(8_000_000);

    let frame = stream.encode(&picture, change(&picture)).unwrap();

    let kinds: Vec<u8> = openh264::nal_units(&frame.bytes)
        .map(|unit| unit.iter().skip_while(|byte| **byte == 0).nth(1).unwrap() & 0x1f)
        .collect();
    assert_eq!(kinds, [7, 8, 5]);
    let [_, _, _, _, _, profile, constraints, ..] = frame.bytes[..] else {
        panic!("no parameters");
    };
    assert_eq!((profile, constraints & 0x40), (66, 0x40));
}

#[test]
fn a_changed_rate_or_sharpness_costs_no_key_frame() {
    let mut stream = Stream::new(300_000);
    let mut moving = TestPattern::new(1280, 720, 0);
    let picture = bgra(&moving);
    stream.encode(&picture, change(&picture));
    for value in 1..40 {
        stream.now += Duration::from_millis(200);
        stream.encoder.set_bitrate(300_000 * (1 + value % 5));
        let area = moving.advance(value).iter().map(|part| part.area()).sum();
        stream.encode(&bgra(&moving), Request { key: false, area });
    }

    assert_eq!(stream.keys, 1);
}

#[test]
fn a_picture_of_another_size_begins_with_a_key_frame() {
    let mut stream = Stream::new(8_000_000);
    for (width, height) in [(1280, 720), (640, 480), (1366, 768), (34, 18), (16, 16)] {
        let small = TestPattern::new(width, height, 9);
        let picture = bgra(&small);
        stream.now += Duration::from_secs(3);

        let frame = stream.encode(&picture, change(&picture)).unwrap();

        assert!(frame.key);
        let shown = stream.shown.as_ref().unwrap();
        assert_eq!(
            (shown.width(), shown.height()),
            (picture.width(), picture.height())
        );
    }
}

#[test]
fn a_busy_link_gets_no_more_than_it_carries() {
    let bitrate = 1_000_000;
    let mut stream = Stream::new(bitrate);
    let began = stream.now;
    let pages = [pattern(1), turned(&pattern(2))];
    for turn in 0..300 {
        stream.now += Duration::from_millis(33);
        let page = &pages[turn / 15 % 2];
        let area = if turn % 15 == 0 { page.area() } else { 0 };
        stream.encode(page, Request { key: false, area });
    }

    let seconds = (stream.now - began).as_secs_f64();
    let sent: usize = stream.sizes.iter().sum();
    let rate = f64::from(u32::try_from(sent * 8).unwrap()) / seconds;
    assert!(rate < 1.2 * f64::from(bitrate), "{rate} bit/s");
}

/// An encoder and a decoder with a link between that loses nothing, and a clock
/// of its own.
struct Stream {
    encoder: H264Encoder,
    decoder: H264Decoder,
    now: Instant,
    shown: Option<Picture>,
    sizes: Vec<usize>,
    keys: usize,
}

impl Stream {
    fn new(bitrate: u32) -> Self {
        Self {
            encoder: H264Encoder::new(bitrate).unwrap(),
            decoder: H264Decoder::new().unwrap(),
            now: Instant::now(),
            shown: None,
            sizes: Vec::new(),
            keys: 0,
        }
    }

    fn encode(&mut self, picture: &Picture, request: Request) -> Option<EncodedFrame> {
        let frame = self.encoder.encode(picture, request, self.now).unwrap()?;
        self.sizes.push(frame.bytes.len());
        self.keys += usize::from(frame.key);
        if let Some(shown) = self.decoder.decode(&frame.bytes).unwrap() {
            self.shown = Some(shown);
        }
        Some(frame)
    }

    /// Does what a sharer does while the screen rests.
    fn until_sharp(&mut self, picture: &Picture) {
        while let Some(wake) = self.encoder.next_wake() {
            self.now = self.now.max(wake);
            self.encode(picture, Request::default());
        }
    }
}

fn change(picture: &Picture) -> Request {
    Request {
        key: false,
        area: picture.area(),
    }
}

fn pattern(value: u32) -> Picture {
    bgra(&TestPattern::new(1280, 720, value))
}

fn bgra(pattern: &TestPattern) -> Picture {
    picture_from_bgra(pattern.width(), pattern.height(), pattern.pixels()).unwrap()
}

/// The picture upside down: another page with as much on it.
fn turned(picture: &Picture) -> Picture {
    let flipped = |plane: &[u8]| plane.iter().rev().copied().collect::<Vec<u8>>();
    let planes = [picture.luma(), picture.blue(), picture.red()].map(flipped);
    let (width, height) = (picture.width(), picture.height());
    let [luma, blue, red] = &planes;
    Picture::from_planes((width, height), [luma, blue, red], width, width / 2).unwrap()
}
