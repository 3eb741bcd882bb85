//! Every test, cheap ones first. Decides the order; what each step checks is
//! left to the tools and to the tests themselves.

use crate::command::{self, Outcome, cargo, program};
use crate::{demo, install, layers, tidy, web};
use std::process::Command;
use std::time::Instant;

type Step = (&'static str, fn() -> Outcome);

const STEPS: &[Step] = &[
    ("gates", gates),
    ("web", pages),
    ("clippy", clippy),
    ("rust", rust),
    ("docs", docs),
    ("browser", browser),
];

/// Runs the named steps, or all of them.
pub(crate) fn run(wanted: &[String]) -> Outcome {
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !STEPS.iter().any(|(step, _)| step == name))
    {
        return Err(format!("there is no step `{unknown}`"));
    }
    install::for_test()?;
    for (name, step) in STEPS {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            timed(name, *step)?;
        }
    }
    println!("every test passed");
    Ok(())
}

fn timed(name: &str, step: fn() -> Outcome) -> Outcome {
    println!("── {name}");
    let start = Instant::now();
    step()?;
    println!("── {name}: {:.0} s", start.elapsed().as_secs_f32());
    Ok(())
}

fn gates() -> Outcome {
    command::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::run()?;
    layers::run()?;
    command::run(&mut tool(
        "deny",
        &[
            "--locked",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ],
    ))
}

fn pages() -> Outcome {
    web::check()?;
    web::build()
}

fn clippy() -> Outcome {
    command::run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))
}

fn rust() -> Outcome {
    demo::build()?;
    command::run(&mut tool("nextest", &["run", "--workspace", "--locked"]))?;
    command::run(&mut cargo(&[
        "test",
        "--workspace",
        "--doc",
        "--locked",
        "--quiet",
    ]))
}

fn docs() -> Outcome {
    let mut doc = cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--locked",
        "--quiet",
    ]);
    command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn browser() -> Outcome {
    web::build()?;
    demo::build()?;
    demo::build_lab()?;
    let mut journeys = web::npm(&["run", "--silent", "journeys"]);
    journeys
        .env("HOPSIGHT_BINARY", demo::binary("hopsight"))
        .env("HOPSIGHT_PAINTER", demo::binary("examples/painter"))
        .env("HOPSIGHT_AT", demo::binary("examples/at"));
    command::run(&mut journeys)
}

fn tool(name: &str, arguments: &[&str]) -> Command {
    let mut command = program(install::tools().join(format!("cargo-{name}")), &[name]);
    command.args(arguments);
    command
}
