//! `hopsight lab`: plays a session in the network of a card with this very
//! program, and shows what comes of it; or plays them all.

mod case;
mod display;
mod matrix;
mod outcome;
mod play;
mod scene;
mod tls_box;

use crate::command_line::{Icmp, Lab};
use crate::failure::Failure;
use hopsight_lab::{Card, IcmpPolicy, enter, may_enter};
use serde_json::json;
use std::process::ExitStatus;

/// The state of the played server, in the private /run of the namespaces.
const STATE: &str = "/run/hopsight-lab";

/// Tells the second start of this program that it is inside the namespaces.
const INSIDE: &str = "HOPSIGHT_LAB_INSIDE";

pub(crate) async fn run(wanted: Lab, json: bool) -> Result<(), Failure> {
    if let Ok(order) = std::env::var(tls_box::BOX) {
        return tls_box::run(&order).await;
    }
    if wanted.list {
        return list(json);
    }
    let name = wanted.name.clone().unwrap_or_default();
    if std::env::var_os(INSIDE).is_some() {
        return play::play(&card(&name)?, &wanted, json).await;
    }
    if !wanted.all {
        card(&name)?;
    }
    may_enter().map_err(|error| Failure::failed(error.to_string()))?;
    if wanted.all {
        return matrix::play(&wanted, json).await;
    }
    enter_and_play(&name, &wanted, json).await
}

fn card(name: &str) -> Result<Card, Failure> {
    Card::named(name).map_err(|error| Failure::usage(error.to_string()))
}

/// What the routers say, in the words of the lab.
fn policy(icmp: Icmp) -> IcmpPolicy {
    match icmp {
        Icmp::Normal => IcmpPolicy::Normal,
        Icmp::Limited => IcmpPolicy::Limited,
        Icmp::Silent => IcmpPolicy::Silent,
    }
}

async fn enter_and_play(name: &str, wanted: &Lab, json: bool) -> Result<(), Failure> {
    let mut inside = enter(own_program()?);
    inside.args(["lab", name]).env(INSIDE, "1");
    if let Some(icmp) = wanted.icmp {
        inside.args(["--icmp", policy(icmp).word()]);
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
    let status =
        status.map_err(|error| Failure::failed(format!("could not make namespaces: {error}")))?;
    ended(status)
}

fn ended(status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::failed("the lab did not end as its card says"))
}

fn own_program() -> Result<std::path::PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|error| Failure::failed(format!("could not find this program: {error}")))
}

fn list(json: bool) -> Result<(), Failure> {
    for card in Card::all() {
        let card = card.map_err(|error| Failure::failed(error.to_string()))?;
        let codes = |icmp| card.expected(icmp).codes.join("|");
        let [normal, limited, silent] = IcmpPolicy::ALL.map(codes);
        if json {
            println!(
                "{}",
                json!({
                    "name": card.name, "title": card.title, "topology": card.topology,
                    "expects": {"normal": normal, "limited": limited, "silent": silent},
                })
            );
            continue;
        }
        let mut expects = if normal.is_empty() { "-" } else { &normal }.to_owned();
        if silent != normal {
            expects = format!("{expects} (silent: {silent})");
        }
        println!("{:<26} {:<14} {expects}", card.name, card.topology);
        println!("{:<26} {}", "", card.title);
    }
    Ok(())
}
