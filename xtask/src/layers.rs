//! Decides which of our crates may depend on which: the table of
//! ARCHITECTURE.md, "Directions". Takes the workspace as cargo describes it.

use crate::command::{Outcome, cargo, output, root};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The arrows inside core: a crate may use those before it and no other.
const CORE_ARROWS: &[(&str, &[&str])] = &[
    ("hopsight-evidence", &[]),
    ("hopsight-sip", &[]),
    ("hopsight-turn", &["hopsight-evidence"]),
    ("hopsight-session", &["hopsight-evidence"]),
    ("hopsight-trace", &["hopsight-evidence", "hopsight-sip"]),
    ("hopsight-diagnosis", &["hopsight-evidence"]),
    (
        "hopsight-report",
        &[
            "hopsight-evidence",
            "hopsight-diagnosis",
            "hopsight-session",
        ],
    ),
];

/// Ports that stand on another port: a store on its trait, and who has sockets
/// of its own on what the kernel tells of them.
const PORT_ARROWS: &[(&str, &str)] = &[
    ("hopsight-path", "hopsight-machine"),
    ("hopsight-probe", "hopsight-machine"),
    ("hopsight-store-sqlite", "hopsight-store"),
];

/// Concrete ports that only the binary may choose.
const CHOSEN_BY_THE_BINARY: &[&str] = &["hopsight-store-sqlite"];

/// Crates that would bring the outside world into core.
const NEVER_IN_CORE: &[&str] = &[
    "tokio",
    "sqlx",
    "axum",
    "rustls",
    "rand",
    "getrandom",
    "nix",
    "socket2",
];

/// Heavy or unsteady dependencies and the one crate that may name each.
const BEHIND_ONE_CRATE: &[(&str, &str)] = &[
    ("axum", "hopsight-front-end"),
    ("argon2", "hopsight-front-end"),
    ("openh264", "hopsight-screen"),
    ("rcgen", "hopsight-net"),
    ("rtnetlink", "hopsight-probe"),
    ("sqlx", "hopsight-store-sqlite"),
    ("str0m", "hopsight-path"),
    ("x11rb", "hopsight-screen"),
];

/// Fails with every edge that the table forbids.
pub(crate) fn run() -> Outcome {
    let text = output(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--quiet",
    ]))?;
    let metadata: Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let crates = crates(&metadata);
    let mut wrong: Vec<String> = crates
        .iter()
        .flat_map(|(name, one)| {
            one.dependencies
                .iter()
                .filter_map(|to| forbidden(&crates, name, to))
        })
        .collect();
    wrong.sort();
    if wrong.is_empty() {
        println!(
            "layers: {} crates, every edge points downward",
            crates.len()
        );
        return Ok(());
    }
    Err(format!(
        "{} forbidden edges\n  {}",
        wrong.len(),
        wrong.join("\n  ")
    ))
}

struct Crate {
    layer: String,
    dependencies: Vec<String>,
}

fn crates(metadata: &Value) -> BTreeMap<String, Crate> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    packages
        .into_iter()
        .flatten()
        .filter_map(one_crate)
        .collect()
}

fn one_crate(package: &Value) -> Option<(String, Crate)> {
    let name = package.get("name")?.as_str()?.to_owned();
    let manifest = Path::new(package.get("manifest_path")?.as_str()?);
    let inside = manifest.strip_prefix(root()).ok()?;
    let layer = inside.components().next()?.as_os_str().to_str()?.to_owned();
    let dependencies = package
        .get("dependencies")?
        .as_array()?
        .iter()
        .filter(|one| one.get("kind").is_none_or(Value::is_null))
        .filter_map(|one| one.get("name")?.as_str().map(str::to_owned))
        .collect();
    Some((
        name,
        Crate {
            layer,
            dependencies,
        },
    ))
}

fn forbidden(crates: &BTreeMap<String, Crate>, from: &str, to: &str) -> Option<String> {
    let layer = &crates.get(from)?.layer;
    let because = match crates.get(to) {
        None => outside(layer, from, to)?,
        Some(ours) => inside(layer, from, &ours.layer, to)?,
    };
    Some(format!("{from} → {to}: {because}"))
}

fn outside(layer: &str, from: &str, to: &str) -> Option<&'static str> {
    if layer == "core" && NEVER_IN_CORE.contains(&to) {
        return Some("core has no clock, socket, file or dice");
    }
    let owner = BEHIND_ONE_CRATE.iter().find(|(name, _)| *name == to)?;
    (owner.1 != from && layer != "testkit")
        .then_some("stands behind one other crate (xtask/src/layers.rs)")
}

fn inside(layer: &str, from: &str, to_layer: &str, to: &str) -> Option<&'static str> {
    let allowed = match (layer, to_layer) {
        ("base", _) => false,
        ("core" | "ports" | "roles" | "testkit", "base") => true,
        ("core", "core") => CORE_ARROWS
            .iter()
            .any(|(name, below)| *name == from && below.contains(&to)),
        ("ports" | "roles" | "testkit", "core") => true,
        ("ports", "ports") => PORT_ARROWS.contains(&(from, to)),
        ("roles", "ports") => !CHOSEN_BY_THE_BINARY.contains(&to),
        ("fuzz", _) => to_layer != "testkit" && to_layer != "xtask",
        ("apps", "fuzz") => false,
        ("apps", _) => to_layer != "testkit" && to_layer != "xtask",
        _ => false,
    };
    (!allowed).then_some("this layer may not use that one")
}
