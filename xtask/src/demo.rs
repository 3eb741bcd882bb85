//! From a clean checkout to a shared desktop: installs what is missing, builds
//! pages and binary, and hands over to `hopsight demo`.

use crate::command::{self, Outcome, cargo, program, root};
use crate::{install, web};

/// `rest` goes to `hopsight demo` as it is.
pub(crate) fn run(rest: &[String]) -> Outcome {
    install::for_build()?;
    if std::env::var_os("DISPLAY").is_none()
        && let Err(missing) = install::for_display()
    {
        println!("{missing}; the demo shows the built-in test pattern until then");
    }
    web::build()?;
    build()?;
    let mut demo = program(binary("hopsight"), &["demo"]);
    command::run(
        demo.args(rest)
            .env("HOPSIGHT_DEMO_PAINTER", binary("examples/painter")),
    )
}

/// Builds the binary and the painter.
pub(crate) fn build() -> Outcome {
    command::run(&mut cargo(&["build", "--locked", "--package", "hopsight"]))?;
    command::run(&mut cargo(&[
        "build",
        "--locked",
        "--package",
        "hopsight-screen",
        "--example",
        "painter",
    ]))
}

/// Builds the program that runs commands in a card's network.
pub(crate) fn build_lab() -> Outcome {
    command::run(&mut cargo(&[
        "build",
        "--locked",
        "--package",
        "hopsight-lab",
        "--example",
        "at",
    ]))
}

/// Where cargo put a program of the development profile.
pub(crate) fn binary(name: &str) -> std::path::PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    target.join("debug").join(name)
}
