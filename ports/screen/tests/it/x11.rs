//! Capturing a real X server: damage, windows, resizing, the end.

use crate::xvfb::Xvfb;
use hopsight_screen::{
    Capture, CaptureError, Captured, Change, Encode, H264Decoder, H264Encoder, Options, Rectangle,
    Request, Source, counter, open, paint, similarity, sources,
};
use hopsight_testkit::Folder;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use x11rb::connection::Connection;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, PropMode, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

#[test]
fn the_first_picture_comes_at_once_and_then_nothing_until_damage() {
    let server = Xvfb::start();
    let mut capture = capture(&server, Source::Screen);

    let first = changed(&mut *capture);
    assert_eq!(first.dirty, [Rectangle::new(0, 0, 1280, 720)]);
    assert_eq!(capture.size(), (1280, 720));
    assert_eq!(capture.next(soon()).unwrap(), Captured::Unchanged);

    let painter = Painter::connect(&server);
    painter.fill(painter.root, (101, 51), (7, 5), 0xff_ffff);
    let change = changed(&mut *capture);

    assert_eq!(change.dirty, [Rectangle::new(100, 50, 8, 6)]);
    assert_eq!(change.sequence, 2);
    let luma = |x: usize, y: usize| capture.picture().luma()[y * 1280 + x];
    assert_eq!(
        (luma(100, 50), luma(101, 51), luma(107, 55)),
        (16, 235, 235)
    );
}

#[test]
fn many_small_changes_are_grabbed_as_one_part() {
    let server = Xvfb::start();
    let mut capture = capture(&server, Source::Screen);
    changed(&mut *capture);
    let painter = Painter::connect(&server);

    for step in 0..20 {
        painter.draw(painter.root, (step * 40, step * 20), (4, 4), 0xff_ffff);
    }
    painter.sync();
    let mut parts = Vec::new();
    while let Captured::Changed(change) = capture.next(soon()).unwrap() {
        assert!(change.dirty.len() <= 8, "{:?}", change.dirty);
        parts.extend(change.dirty);
    }

    let around = parts.into_iter().reduce(Rectangle::around);
    assert_eq!(around, Some(Rectangle::new(0, 0, 764, 384)));
}

#[test]
fn the_painted_counter_is_seen() {
    let server = Xvfb::start();
    let _painter = Painted::begin(&server);
    let mut capture = capture(&server, Source::Screen);

    let mut seen = Vec::new();
    while seen.len() < 5 {
        changed(&mut *capture);
        let picture = capture.picture();
        let value = counter::read(picture.luma(), picture.width(), picture.width());
        seen.extend(value.filter(|value| seen.last() != Some(value)));
    }

    assert!(seen.is_sorted(), "{seen:?}");
}

#[test]
fn what_is_painted_here_is_seen_there_sharp_and_in_time() {
    let server = Xvfb::start();
    let _painter = Painted::begin(&server);
    let mut capture = capture(&server, Source::Screen);
    let mut encoder = H264Encoder::new(4_000_000).unwrap();
    let mut decoder = H264Decoder::new().unwrap();
    let began = Instant::now();
    let mut ages = Vec::new();
    let mut alike = 0.0;

    while alike < 0.98 || ages.len() < 20 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{alike}, {ages:?}"
        );
        let tick = Instant::now() + Duration::from_millis(50);
        let wake = encoder.next_wake().map_or(tick, |wake| wake.min(tick));
        let area = capture.next(wake).unwrap().area();
        let request = Request { key: false, area };
        let sent = encoder.encode(capture.picture(), request, Instant::now());
        let Some(frame) = sent.unwrap() else {
            continue;
        };
        let shown = decoder.decode(&frame.bytes).unwrap().unwrap();
        let value = counter::read(shown.luma(), shown.width(), shown.width());
        assert_eq!(value, counter::read(capture.picture().luma(), 1280, 1280));
        alike = similarity(&shown, capture.picture()).unwrap();
        ages.extend(value.map(|value| counter::age(value, now_value())));
    }

    ages.sort_unstable();
    assert!(
        ages[ages.len() / 2] <= Duration::from_millis(500),
        "{ages:?}"
    );
}

#[test]
fn an_idle_screen_costs_nothing() {
    let server = Xvfb::start();
    let mut capture = capture(&server, Source::Screen);
    changed(&mut *capture);
    let before = processor_time();

    for _ in 0..20 {
        let deadline = Instant::now() + Duration::from_millis(50);
        assert_eq!(capture.next(deadline).unwrap(), Captured::Unchanged);
    }

    let spent = processor_time() - before;
    assert!(spent < Duration::from_millis(20), "{spent:?} in a second");
}

#[test]
fn a_window_is_captured_without_what_lies_on_it_and_followed_to_its_end() {
    let server = Xvfb::start();
    let painter = Painter::connect(&server);
    let window = painter.window((200, 100), (301, 203));
    painter.fill(window, (0, 0), (301, 203), 0xff_ffff);
    let mut capture = capture(&server, Source::Window(window));

    changed(&mut *capture);
    assert_eq!(capture.size(), (300, 202));
    assert!(is_white(&*capture));

    let above = painter.window((210, 110), (50, 50));
    painter.fill(above, (0, 0), (50, 50), 0);
    painter.fill(window, (0, 0), (2, 2), 0);
    changed(&mut *capture);
    let black = capture.picture().luma().iter().filter(|luma| **luma == 16);
    assert_eq!(black.count(), 4);

    painter.resize(window, (640, 480));
    let resized = changed(&mut *capture);
    assert!(resized.resized);
    assert_eq!(capture.size(), (640, 480));

    painter.destroy(window);
    let error = capture.next(late()).unwrap_err();
    assert!(
        matches!(error, CaptureError::SourceGone { .. }),
        "{error:?}"
    );
}

#[test]
fn a_window_that_never_was_is_gone_and_a_hidden_one_is_hidden() {
    let server = Xvfb::start();
    let painter = Painter::connect(&server);
    let hidden = painter.window((0, 0), (64, 64));
    painter.connection.unmap_window(hidden).unwrap();
    painter.sync();
    let tiny = painter.window((0, 0), (64, 15));

    let gone = open(Source::Window(0x7777), &options(&server))
        .err()
        .unwrap();
    let unseen = open(Source::Window(hidden), &options(&server))
        .err()
        .unwrap();

    assert!(matches!(gone, CaptureError::SourceGone { .. }), "{gone:?}");
    assert!(open(Source::Window(tiny), &options(&server)).is_err());
    assert!(
        matches!(unseen, CaptureError::SourceHidden { .. }),
        "{unseen:?}"
    );
}

#[test]
fn a_minimised_window_rests_and_comes_back() {
    let server = Xvfb::start();
    let painter = Painter::connect(&server);
    let window = painter.window((0, 0), (64, 64));
    let mut capture = capture(&server, Source::Window(window));
    changed(&mut *capture);

    painter.connection.unmap_window(window).unwrap();
    painter.sync();
    assert_eq!(capture.next(soon()).unwrap(), Captured::Unchanged);
    painter.connection.map_window(window).unwrap();
    painter.fill(window, (0, 0), (64, 64), 0xff_ffff);

    let last = changes_until_rest(&mut *capture).pop();
    assert!(last.is_some());
    assert!(is_white(&*capture));
}

#[test]
fn a_resized_screen_is_followed() {
    let server = Xvfb::start();
    let mut capture = capture(&server, Source::Screen);
    changed(&mut *capture);
    let painter = Painter::connect(&server);

    painter.shrink_screen((1024, 600));
    let all = changes_until_rest(&mut *capture);

    assert!(all.iter().any(|change| change.resized));
    assert_eq!(capture.size(), (1024, 600));
}

#[test]
fn the_pointer_is_told_once_with_its_image() {
    let server = Xvfb::start();
    let mut capture = capture(&server, Source::Screen);
    let painter = Painter::connect(&server);
    painter.point_at(33, 44);

    let state = capture.cursor().unwrap().unwrap();
    let image = state.image.unwrap();

    assert_eq!((state.x, state.y), (33, 44));
    let pixels = usize::from(image.width) * usize::from(image.height);
    assert_eq!(image.rgba.len(), pixels * 4);
    assert_eq!(capture.cursor().unwrap(), None);
    painter.point_at(34, 44);
    let moved = capture.cursor().unwrap().unwrap();
    assert_eq!((moved.x, moved.y, moved.image), (34, 44, None));
}

#[test]
fn a_display_without_shared_memory_is_captured_through_the_connection() {
    let server = Xvfb::start_with(&["-extension", "MIT-SHM"]);
    let mut capture = capture(&server, Source::Screen);
    let painter = Painter::connect(&server);

    changed(&mut *capture);
    painter.fill(painter.root, (10, 10), (2, 2), 0xff_ffff);

    assert_eq!(changed(&mut *capture).dirty, [Rectangle::new(10, 10, 2, 2)]);
    assert_eq!(capture.picture().luma()[10 * 1280 + 10], 235);
}

#[test]
fn a_killed_server_is_a_lost_backend() {
    let mut server = Xvfb::start();
    let mut screen = capture(&server, Source::Screen);
    changed(&mut *screen);

    server.kill();

    let error = screen.next(late()).unwrap_err();
    assert!(
        matches!(error, CaptureError::BackendLost { .. }),
        "{error:?}"
    );
    assert!(screen.next(late()).is_err());
    assert!(screen.cursor().is_err());
    let again = open(Source::Screen, &options(&server)).err().unwrap();
    assert!(
        matches!(again, CaptureError::CannotConnect { .. }),
        "{again:?}"
    );
}

#[test]
fn a_display_that_lets_nobody_in_says_so() {
    let folder = Folder::new();
    let cookies = folder.file("cookies");
    std::fs::write(&cookies, one_cookie()).unwrap();
    let server = Xvfb::start_with(&["-auth", cookies.to_str().unwrap()]);

    let error = open(Source::Screen, &options(&server)).err().unwrap();

    let CaptureError::Denied { display, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*display, server.display);
    assert!(!error.may_retry());
}

#[test]
fn a_display_without_damage_is_named() {
    let server = Xvfb::start_with(&["-extension", "DAMAGE"]);

    let error = open(Source::Screen, &options(&server)).err().unwrap();

    let CaptureError::ExtensionMissing { extension, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(extension, "DAMAGE");
}

#[test]
fn screen_and_windows_are_listed_with_their_titles() {
    let server = Xvfb::start();
    let painter = Painter::connect(&server);
    let window = painter.window((20, 30), (300, 200));
    painter.window((0, 0), (10, 10));
    painter.name(window, "Quarterly report");

    let listed = sources(&options(&server));

    assert!(listed.trouble.is_none());
    let names: Vec<_> = listed
        .found
        .iter()
        .map(|found| (found.source, found.name.as_str(), found.x, found.width))
        .collect();
    let screen = format!("screen of display {}", server.display);
    assert_eq!(
        names,
        [
            (Source::Screen, screen.as_str(), 0, 1280),
            (Source::Window(window), "Quarterly report", 20, 300),
            (Source::TestPattern, "test pattern", 0, 1280),
        ]
    );
}

#[test]
fn without_a_display_the_test_pattern_is_left_with_the_reason() {
    let options = Options {
        display: Some(String::new()),
        ..Options::default()
    };

    let listed = sources(&options);

    assert_eq!(listed.found.len(), 1);
    assert!(matches!(listed.trouble, Some(CaptureError::NoDisplay)));
}

/// The test pattern on a server, painted by a thread that ends with the test.
struct Painted {
    goes_on: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Painted {
    fn begin(server: &Xvfb) -> Self {
        let display = server.display.clone();
        let goes_on = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&goes_on);
        let thread = std::thread::spawn(move || {
            paint(Some(&display), None, || asked.load(Ordering::Relaxed)).unwrap();
        });
        Self {
            goes_on,
            thread: Some(thread),
        }
    }
}

impl Drop for Painted {
    fn drop(&mut self) {
        self.goes_on.store(false, Ordering::Relaxed);
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// An authority file with one cookie that nobody else has.
fn one_cookie() -> Vec<u8> {
    let name = b"MIT-MAGIC-COOKIE-1";
    let any_host = [0xff, 0xff, 0, 0, 0, 0];
    let (name_length, cookie_length) = ([0, 18], [0, 16]);
    [&any_host[..], &name_length, name, &cookie_length, &[7; 16]].concat()
}

fn now_value() -> u32 {
    counter::value_at(SystemTime::UNIX_EPOCH.elapsed().unwrap())
}

fn processor_time() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(spent).unwrap()
}

/// A client that draws.
struct Painter {
    connection: RustConnection,
    root: Window,
}

impl Painter {
    fn connect(server: &Xvfb) -> Self {
        let (connection, number) = RustConnection::connect(Some(&server.display)).unwrap();
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    fn sync(&self) {
        self.connection.sync().unwrap();
    }

    fn window(&self, (x, y): (i16, i16), (width, height): (u16, u16)) -> Window {
        let window = self.connection.generate_id().unwrap();
        let looks = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(0);
        let class = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(
                0, window, self.root, x, y, width, height, 0, class, 0, &looks,
            )
            .unwrap();
        self.connection.map_window(window).unwrap();
        self.sync();
        window
    }

    fn draw(&self, window: Window, (x, y): (i16, i16), (width, height): (u16, u16), colour: u32) {
        use x11rb::protocol::xproto::{CreateGCAux, Rectangle};
        let pen = self.connection.generate_id().unwrap();
        let look = CreateGCAux::new().foreground(colour);
        self.connection.create_gc(pen, window, &look).unwrap();
        let part = Rectangle {
            x,
            y,
            width,
            height,
        };
        self.connection
            .poly_fill_rectangle(window, pen, &[part])
            .unwrap();
        self.connection.free_gc(pen).unwrap();
    }

    fn fill(&self, window: Window, place: (i16, i16), size: (u16, u16), colour: u32) {
        self.draw(window, place, size, colour);
        self.sync();
    }

    fn resize(&self, window: Window, (width, height): (u32, u32)) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.connection.configure_window(window, &size).unwrap();
        self.sync();
    }

    fn destroy(&self, window: Window) {
        self.connection.destroy_window(window).unwrap();
        self.sync();
    }

    fn name(&self, window: Window, name: &str) {
        let (property, kind) = (AtomEnum::WM_NAME, AtomEnum::STRING);
        self.connection
            .change_property8(PropMode::REPLACE, window, property, kind, name.as_bytes())
            .unwrap();
        self.sync();
    }

    fn point_at(&self, x: i16, y: i16) {
        self.connection
            .warp_pointer(x11rb::NONE, self.root, 0, 0, 0, 0, x, y)
            .unwrap();
        self.sync();
    }

    /// As `xrandr` does it: a monitor without a mode first, then the screen.
    fn shrink_screen(&self, (width, height): (u16, u16)) {
        let connection = &self.connection;
        let all = connection.randr_get_screen_resources(self.root).unwrap();
        let all = all.reply().unwrap();
        for crtc in all.crtcs {
            let rotation = x11rb::protocol::randr::Rotation::ROTATE0;
            let time = all.config_timestamp;
            connection
                .randr_set_crtc_config(crtc, 0, time, 0, 0, x11rb::NONE, rotation, &[])
                .unwrap()
                .reply()
                .unwrap();
        }
        let millimetres = (u32::from(width) / 4, u32::from(height) / 4);
        connection
            .randr_set_screen_size(self.root, width, height, millimetres.0, millimetres.1)
            .unwrap()
            .check()
            .unwrap();
        self.sync();
    }
}

fn options(server: &Xvfb) -> Options {
    Options {
        display: Some(server.display.clone()),
        interval: Duration::from_millis(5),
        ..Options::default()
    }
}

fn capture(server: &Xvfb, source: Source) -> Box<dyn Capture> {
    open(source, &options(server)).unwrap()
}

/// The next change; a display that shows none in time has failed the test.
fn changed(capture: &mut dyn Capture) -> Change {
    match capture.next(late()).unwrap() {
        Captured::Changed(change) => change,
        Captured::Unchanged => panic!("no change was seen"),
    }
}

fn is_white(capture: &dyn Capture) -> bool {
    capture.picture().luma().iter().all(|luma| *luma == 235)
}

fn changes_until_rest(capture: &mut dyn Capture) -> Vec<Change> {
    let mut changes = Vec::new();
    while let Captured::Changed(change) = capture.next(soon()).unwrap() {
        changes.push(change);
    }
    changes
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(200)
}

fn late() -> Instant {
    Instant::now() + Duration::from_secs(20)
}
