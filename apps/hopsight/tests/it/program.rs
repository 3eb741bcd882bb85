//! Runs the binary of this build and reads what it says.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// What a run of the binary came to.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: without_log(&String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// The JSON objects on standard output.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.out
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

/// What a person reads: everything but the log's JSON lines.
fn without_log(text: &str) -> String {
    let words = text
        .lines()
        .filter(|line| !line.starts_with("{\"timestamp\""));
    words.map(|line| format!("{line}\n")).collect()
}

/// The binary, without anything of this environment that would steer it.
pub(crate) fn hopsight() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopsight"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HOPSIGHT_")) {
        command.env_remove(name);
    }
    command
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    Run::of(&hopsight().args(arguments).output().unwrap())
}

/// The names of all cards, in order.
pub(crate) fn cards() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cards");
    let files = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = files
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .filter(|name| name != "short")
        .collect();
    names.sort();
    names
}

/// A fresh folder for one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _none_yet = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A configuration in `folder` that listens on loopback, on ports that nobody
/// else holds.
pub(crate) fn configuration(folder: &Path) -> String {
    listening_on(folder, free_port())
}

/// A configuration in `folder` whose one port is `port` of loopback.
pub(crate) fn listening_on(folder: &Path, port: u16) -> String {
    let file = folder.join("hopsight.toml");
    let text = format!(
        "state = {:?}\n[listen]\naddress = \"127.0.0.1:{port}\"\nstun = \"127.0.0.1:{}\"\n",
        folder.join("state"),
        free_port()
    );
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// A TCP port of loopback that nobody holds now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts a server and returns when it says that it is ready.
pub(crate) fn serve(config: &str) -> Child {
    serve_told(config).0
}

/// The same, with the line in which it says so.
pub(crate) fn serve_told(config: &str) -> (Child, Value) {
    let mut server = hopsight()
        .args(["serve", "--config", config])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = server.stderr.take().unwrap();
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    let ready = lines
        .find(|line| line.contains("\"message\":\"ready\""))
        .expect("the server ended before it was ready");
    // Somebody must listen on: a log line that nobody takes ends what wrote it.
    std::thread::spawn(move || lines.count());
    (server, serde_json::from_str(&ready).unwrap())
}
