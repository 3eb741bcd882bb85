//! Paints the test pattern on the display of `DISPLAY`, over its whole screen
//! or in a window of `--size WIDTHxHEIGHT`, until it is ended (SIGTERM) or the
//! display is. With `--picture FILE` it writes the pattern as PNG instead: what
//! a sharp picture of it is held against.

use hopsight_screen::pattern::{TestPattern, USUAL_SIZE};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = match arguments.as_slice() {
        [] => None,
        [option, size] if option == "--size" && read(size).is_some() => read(size),
        [option, file] if option == "--picture" => return write(file),
        _ => {
            complain("usage: painter [--size WIDTHxHEIGHT | --picture FILE]");
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

fn write(file: &str) -> ExitCode {
    let (width, height) = USUAL_SIZE;
    let pattern = TestPattern::new(width, height, 0);
    let picture = hopsight_screen::picture_from_bgra(width, height, pattern.pixels());
    let written = picture
        .ok_or_else(|| "the pattern is too small for a picture".to_owned())
        .and_then(|picture| picture.to_png().map_err(|error| error.to_string()))
        .and_then(|png| std::fs::write(file, png).map_err(|error| format!("{file}: {error}")));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(&problem);
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
