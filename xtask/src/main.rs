//! The developer's commands. Decides which one was meant; each has a file of
//! its own name. No dependency but a JSON reader, so that the first
//! `cargo xtask` on a clean machine starts within seconds.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks by printing"
)]

mod bench;
mod command;
mod demo;
mod fuzz;
mod install;
mod layers;
mod test;
mod tidy;
mod web;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match name.as_str() {
        "bench" => bench::run(&rest),
        "demo" => demo::run(&rest),
        "fuzz" => fuzz::run(&rest),
        "layers" => layers::run(),
        "test" => test::run(&rest),
        "tidy" => tidy::run(),
        "tools" => install::everything(),
        "web" => web::build(),
        _ => return usage(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask {name}: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprint!("{USAGE}");
    ExitCode::from(2)
}

const USAGE: &str = "\
cargo xtask demo [--headless]   share this machine's desktop, print one link
cargo xtask test [STEP ...]     install the test tools and run every test;
                                steps: gates web clippy rust docs browser
cargo xtask bench diagnosis [RESULTS]
                                how good the verdicts are, written to docs
cargo xtask fuzz [--seconds N] [TARGET ...]
                                look for inputs that break a parser's promise,
                                a minute a target; prints how far each came
cargo xtask web                 build the pages that the binary carries
cargo xtask tidy                the rules of the house that a machine can check
cargo xtask layers              who may depend on whom
cargo xtask tools               install what demo and test need, nothing else
";
