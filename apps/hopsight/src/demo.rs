//! `hopsight demo`: everything on this machine. Starts a deployment, makes two
//! people and a share link, shares this machine's desktop and prints one link;
//! with `--headless` sees it, too.

mod display;
mod people;

use crate::command_line::Demo;
use crate::failure::Failure;
use crate::json::text;
use crate::serve::Deployment;
use crate::signals::stop_requested;
use crate::state;
use display::Display;
use hopsight_configuration::Configuration;
use people::People;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long the share may take to give its link.
const LINK_WITHIN: Duration = Duration::from_secs(20);

/// How long the headless viewer looks.
const LOOK_FOR_SECONDS: &str = "3";

pub(crate) async fn run(wanted: Demo, json: bool) -> Result<(), Failure> {
    let configuration = configuration(&wanted)?;
    let deployment = Deployment::start(&configuration).await?;
    let people = People::make(&deployment, &configuration.domain).await?;
    let display = Display::find(wanted.painter.as_deref());
    let mut share = Share::start(&deployment, &people, &display)?;
    let link = share.link().await?;
    if wanted.headless {
        let outcome = look(&link, &wanted.state.join("seen")).await;
        share.stop().await;
        deployment.stop().await;
        return outcome;
    }
    announce(&link, &people, &deployment, &display, json);
    tokio::select! {
        () = stop_requested() => {}
        ended = share.ended() => eprintln!("the share ended: {ended}"),
    }
    share.stop().await;
    deployment.stop().await;
    Ok(())
}

fn configuration(wanted: &Demo) -> Result<Configuration, Failure> {
    state::make_folder(&wanted.state)?;
    let mut configuration = Configuration {
        state: wanted.state.clone(),
        ..Configuration::default()
    };
    configuration.listen.address.set_port(wanted.port);
    configuration.listen.stun.set_port(wanted.stun_port);
    Ok(configuration)
}

fn announce(link: &str, people: &People, deployment: &Deployment, display: &Display, json: bool) {
    if json {
        let line = serde_json::json!({
            "event": "demo",
            "link": link,
            "people": people.links(&deployment.url),
        });
        println!("{line}");
        return;
    }
    println!("{}\n", display.says());
    println!("open this link, click \"See the screen\":\n\n  {link}\n");
    for (name, link) in people.links(&deployment.url) {
        println!("sign in as {name} (works once):\n  {link}");
    }
    println!("\nThe browser warns once: this deployment has a certificate authority of its");
    println!("own, {}.", deployment.authority);
    println!("Ctrl-C ends the demo; a second run goes on with the same accounts.");
}

/// The share as a program of its own: the same binary as everybody's.
struct Share {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Share {
    fn start(deployment: &Deployment, people: &People, display: &Display) -> Result<Self, Failure> {
        let mut command = own_program()?;
        command
            .args(["share", "--accept", "--json", "--as", people.sharer()])
            .args(["--server", &deployment.url])
            .args(["--ca", &deployment.authority.to_string()])
            .args(["--source", display.source()])
            .env("HOPSIGHT_SECRET", people.secret().reveal())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if let Some(name) = display.name() {
            command.env("DISPLAY", name);
        }
        let mut child = command.spawn().map_err(|error| could_not_start(&error))?;
        let stdout = child.stdout.take();
        let stdout = stdout.ok_or_else(|| Failure::failed("the share has no output"))?;
        let lines = BufReader::new(stdout).lines();
        Ok(Self { child, lines })
    }

    /// The link that the share prints.
    async fn link(&mut self) -> Result<String, Failure> {
        let found = tokio::time::timeout(LINK_WITHIN, self.find_link()).await;
        found.ok().flatten().ok_or_else(|| {
            Failure::failed(
                "the share gave no link\n  the lines above say why; HOPSIGHT_LOG=debug says more",
            )
        })
    }

    async fn find_link(&mut self) -> Option<String> {
        while let Ok(Some(line)) = self.lines.next_line().await {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if text(&event, "event") == "link" {
                return Some(text(&event, "url").to_owned());
            }
        }
        None
    }

    /// Waits for the end of the share; every further event passes unseen.
    async fn ended(&mut self) -> String {
        let mut reason = "without a word".to_owned();
        while let Ok(Some(line)) = self.lines.next_line().await {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            let is_whole = event.get("session").is_none_or(Value::is_null);
            if text(&event, "event") == "ended" && is_whole {
                text(&event, "reason").clone_into(&mut reason);
            }
        }
        reason
    }

    async fn stop(mut self) {
        if let Some(id) = self.child.id() {
            let id = id.to_string();
            let _sent = Command::new("kill").args(["-TERM", &id]).status().await;
        }
        let _late = tokio::time::timeout(Duration::from_secs(3), self.child.wait()).await;
    }
}

/// Sees the share with the native viewer; its events go to standard output.
async fn look(link: &str, folder: &std::path::Path) -> Result<(), Failure> {
    state::make_folder(folder)?;
    let status = own_program()?
        .args(["view", link, "--headless", "--json"])
        .args(["--for-seconds", LOOK_FOR_SECONDS])
        .arg("--save-frames")
        .arg(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .map_err(|error| could_not_start(&error))?;
    if !status.success() {
        return Err(Failure::failed(
            "the viewer saw nothing; its last event says why",
        ));
    }
    let newest = newest_picture(folder)
        .ok_or_else(|| Failure::failed(format!("no picture was saved in {}", folder.display())))?;
    eprintln!("saved {}", newest.display());
    Ok(())
}

fn newest_picture(folder: &std::path::Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "png"))
        .max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok())
}

fn own_program() -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(|error| could_not_start(&error))?;
    Ok(Command::new(program))
}

fn could_not_start(error: &std::io::Error) -> Failure {
    Failure::failed(format!(
        "could not start this program a second time: {error}"
    ))
}
