//! Paints the test pattern on the display of `DISPLAY`, over its whole screen
//! or in a window of `--size WIDTHxHEIGHT`, until it is ended (SIGTERM) or the
//! display is.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = match arguments.as_slice() {
        [] => None,
        [option, size] if option == "--size" && read(size).is_some() => read(size),
        _ => {
            complain("usage: painter [--size WIDTHxHEIGHT]");
            return ExitCode::from(2);
        }
    };
    match hopsight_screen::paint(None, size, || true) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn read(size: &str) -> Option<(u16, u16)> {
    let (width, height) = size.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

#[expect(clippy::print_stderr, reason = "a program speaks to its user")]
fn complain(words: &str) {
    eprintln!("painter: {words}");
}
