//! The screen of the sharer's machine in a played session: an X server of its
//! own, or none.

use crate::failure::Failure;
use hopsight_kit::Random;
use hopsight_lab::{Display, Network};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long an X server may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// Where X servers have their sockets.
const SOCKETS: &str = "/tmp/.X11-unix";

/// What the X server asks of whoever comes, in the private /run.
const COOKIE: &str = "/run/hopsight-lab-cookie";

/// Paints the whole screen, over and over: something changes, and all is black.
const PAINT_BLACK: &str = "while xsetroot -solid black; do sleep 0.1; done";

/// The screen that a sharer shows.
pub(super) struct Screen {
    display: Display,
    name: String,
    server: Child,
    painter: Option<Child>,
}

impl Screen {
    /// Starts an X server at `node`, and what paints on it.
    pub(super) async fn raise(
        network: &Network,
        node: &str,
        display: Display,
    ) -> Result<Self, Failure> {
        own_sockets(network, node).await?;
        open_lock().map_err(|error| Failure::could_not("write", COOKIE, &error))?;
        let (server, name) = serve(network, node).await?;
        let mut screen = Self {
            display,
            name,
            server,
            painter: None,
        };
        if display == Display::Black {
            let mut painter = Command::from(network.command(node, "sh"));
            painter.args(["-c", PAINT_BLACK]);
            screen.show_to(&mut painter);
            let painter = painter.stdin(Stdio::null()).kill_on_drop(true).spawn();
            let painter = painter.map_err(|error| Failure::could_not("start", "sh", &error))?;
            screen.painter = Some(painter);
        }
        Ok(screen)
    }

    /// Lets a program know of this display and of no other.
    pub(super) fn show_to(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.name)
            .env("XAUTHORITY", "/dev/null");
    }

    /// The sharer has signed in.
    pub(super) fn turn(&mut self) -> Result<(), Failure> {
        match self.display {
            Display::Gone => {
                let killed = self.server.start_kill();
                killed.map_err(|error| Failure::could_not("end", "Xvfb", &error))
            }
            Display::Locked => std::fs::write(COOKIE, cookie())
                .map_err(|error| Failure::could_not("write", COOKIE, &error)),
            Display::Black => Ok(()),
        }
    }

    /// What runs, the X server last.
    pub(super) fn programs(&mut self) -> impl Iterator<Item = &mut Child> {
        self.painter.iter_mut().chain([&mut self.server])
    }
}

/// Starts an X server, which picks a free number and says so.
async fn serve(network: &Network, node: &str) -> Result<(Child, String), Failure> {
    let mut command = Command::from(network.command(node, "Xvfb"));
    command
        .args(["-displayfd", "1", "-screen", "0", "1280x720x24"])
        .args(["-nolisten", "tcp", "-noreset", "-nolock", "-auth", COOKIE])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut server = command
        .spawn()
        .map_err(|error| Failure::could_not("start", "Xvfb", &error))?;
    let output = server.stdout.take();
    let number = tokio::time::timeout(READY_WITHIN, async {
        let mut lines = BufReader::new(output?).lines();
        lines.next_line().await.ok().flatten()
    });
    let number = number.await.ok().flatten().ok_or_else(|| {
        Failure::failed("Xvfb did not say its display; is the Debian package xvfb installed?")
    })?;
    Ok((server, format!(":{}", number.trim())))
}

/// Displays of plays at the same time must not meet: each has a folder of its
/// own for their sockets, in its private mounts.
async fn own_sockets(network: &Network, node: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(SOCKETS)
        .map_err(|error| Failure::could_not("make", SOCKETS, &error))?;
    let mut mount = Command::from(network.command(node, "mount"));
    let mounted = mount.args(["-t", "tmpfs", "tmpfs", SOCKETS]).status().await;
    let mounted = mounted.map_err(|error| Failure::could_not("mount", SOCKETS, &error))?;
    if mounted.success() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "could not mount a folder of its own at {SOCKETS}"
    )))
}

/// An empty file lets every program of this machine in. The server reads it anew
/// when its second has changed, so this one is an old one.
fn open_lock() -> std::io::Result<()> {
    let file = std::fs::File::create(COOKIE)?;
    file.set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1))
}

/// A file as Xauthority has it (Xau(3)): one cookie for every address and display.
fn cookie() -> Vec<u8> {
    const WILD: [u8; 2] = [0xFF, 0xFF];
    const NAME: &[u8] = b"MIT-MAGIC-COOKIE-1";
    let mut nobody_knows = [0; 16];
    hopsight_net::Entropy.fill(&mut nobody_knows);
    let mut entry = WILD.to_vec();
    for field in [&[][..], &[], NAME, &nobody_knows] {
        let length = u16::try_from(field.len()).unwrap_or_default();
        entry.extend(length.to_be_bytes());
        entry.extend(field);
    }
    entry
}
