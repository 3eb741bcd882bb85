//! Self-hosted desktop sharing that explains its own failures.
//!
//! One binary, a subcommand per task; each stands in a file of its own name.
//! This crate wires and runs: it picks the database, reads the configuration,
//! prints. What is decided is decided below.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks by printing"
)]

mod check;
mod command_line;
mod consent;
mod demo;
mod explain;
mod face;
mod failure;
mod follow;
mod json;
mod lab;
mod logging;
mod metrics;
mod relay;
mod serve;
mod sessions;
mod share;
mod sign_in;
mod signals;
mod state;
mod user;
mod view;

use clap::Parser;
use command_line::{CommandLine, Task};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    logging::start(command_line.json);
    match run(command_line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(command_line: CommandLine) -> Result<(), Failure> {
    let json = command_line.json;
    match command_line.task {
        Task::Check(wanted) => on_runtime(check::run(wanted, json)),
        Task::Explain(wanted) => on_runtime(explain::run(wanted, json)),
        Task::Lab(wanted) => on_runtime(lab::run(wanted, json)),
        Task::Relay(wanted) => relay::run(wanted, json),
        Task::Demo(wanted) => on_runtime(demo::run(wanted, json)),
        Task::Serve(wanted) => on_runtime(serve::run(wanted)),
        Task::Sessions(wanted) => on_runtime(sessions::run(wanted, json)),
        Task::Share(wanted) => on_runtime(share::run(wanted, json)),
        Task::User(wanted) => on_runtime(user::run(wanted, json)),
        Task::View(wanted) => on_runtime(view::run(wanted, json)),
    }
}

fn on_runtime(task: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("could not start: {error}")))?;
    let outcome = runtime.block_on(task);
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    outcome
}
