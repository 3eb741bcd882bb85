//! `hopsight lab`: plays a session in the network of a card with this very
//! program, and shows what comes of it.

mod case;
mod play;
mod scene;

use crate::command_line::{Icmp, Lab};
use crate::failure::Failure;
use hopsight_lab::{Card, enter};
use std::process::ExitStatus;

/// Tells the second start of this program that it is inside the namespaces.
const INSIDE: &str = "HOPSIGHT_LAB_INSIDE";

pub(crate) async fn run(wanted: Lab, json: bool) -> Result<(), Failure> {
    if wanted.list {
        return list(json);
    }
    let name = wanted.name.clone().unwrap_or_default();
    let card = Card::named(&name).map_err(|error| Failure::usage(error.to_string()))?;
    if std::env::var_os(INSIDE).is_some() {
        return play::play(&card, &wanted, json).await;
    }
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("could not find this program: {error}")))?;
    let mut inside = enter(program);
    inside.args(["lab", &name]).env(INSIDE, "1");
    if wanted.icmp == Icmp::Silent {
        inside.args(["--icmp", "silent"]);
    }
    if let Some(code) = &wanted.also {
        inside.args(["--also", code]);
    }
    if let Some(file) = &wanted.case {
        inside.arg("--case").arg(file);
    }
    if json {
        inside.arg("--json");
    }
    let status = tokio::process::Command::from(inside).status().await;
    let status = status.map_err(|error| {
        Failure::failed(format!(
            "could not make namespaces: {error}\n  install the Debian package util-linux"
        ))
    })?;
    ended(status)
}

fn ended(status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::failed(
        "the lab did not end as its card says\n  if namespaces are forbidden here: sysctl kernel.unprivileged_userns_clone=1, or run as root",
    ))
}

fn list(json: bool) -> Result<(), Failure> {
    for card in Card::all() {
        let card = card.map_err(|error| Failure::failed(error.to_string()))?;
        if json {
            println!(
                "{}",
                serde_json::json!({"name": card.name, "title": card.title})
            );
        } else {
            println!("{:<20} {}", card.name, card.title);
        }
    }
    Ok(())
}
