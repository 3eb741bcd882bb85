//! Builds the network of a card and runs one command at one of its nodes:
//! `at CARD NODE PROGRAM ARGUMENT...`. With `-` as node the command stands
//! outside the network and reaches each node by
//! `nsenter --net=/run/netns/NODE`. Serves whoever writes a card, and the
//! browser journeys.

use hopsight_lab::{Card, Network, enter};
use std::process::{Command, ExitCode};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if std::env::var_os("HOPSIGHT_LAB_INSIDE").is_none() {
        let mut inside = enter(std::env::current_exe()?);
        let status = inside
            .args(&arguments)
            .env("HOPSIGHT_LAB_INSIDE", "1")
            .status()?;
        return Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1))?));
    }
    let [card, node, program, rest @ ..] = arguments.as_slice() else {
        return Err("at CARD NODE PROGRAM ARGUMENT...".into());
    };
    let card = Card::named(card)?;
    let network = Network::build(card.topology()?, &card.router, &card.fault)?;
    let mut command = match node.as_str() {
        "-" => Command::new(program),
        _ => network.command(node, program),
    };
    let status = command.args(rest).status()?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1))?))
}
