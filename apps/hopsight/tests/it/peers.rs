//! Other people's SIP programs against the server of this build, on loopback: each
//! signs in with the digest that it knows, and calls. Media is theirs and not looked at.

mod baresip;
mod kamailio;
mod linphone;
mod sipp;

use crate::program::{folder, free_port, hopsight, serve};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than any of these programs takes to start, sign in or call.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server and the secrets of its people's old devices.
struct Deployment {
    folder: PathBuf,
    port: u16,
    secrets: Vec<(&'static str, String)>,
    _server: Running,
}

impl Deployment {
    fn start(name: &str, people: &[&'static str]) -> Self {
        let folder = folder(name);
        let port = free_port();
        let text = format!(
            "domain = \"localhost\"\nurl = \"https://127.0.0.1:{port}\"\nstate = {:?}\n\
             [listen]\naddress = \"127.0.0.1:{port}\"\nstun = \"127.0.0.1:{}\"\n",
            folder.join("state"),
            free_port()
        );
        let config = folder.join("hopsight.toml");
        std::fs::write(&config, text).unwrap();
        let config = config.display().to_string();
        let secrets = people
            .iter()
            .map(|person| (*person, secret(person, &config)));
        Self {
            secrets: secrets.collect(),
            port,
            folder,
            _server: Running(serve(&config)),
        }
    }

    fn secret(&self, person: &str) -> &str {
        let mut known = self.secrets.iter();
        &known.find(|(name, _)| *name == person).unwrap().1
    }
}

fn secret(person: &str, config: &str) -> String {
    let made = hopsight()
        .args(["user", "add", person, "--device", "--md5", "--json"])
        .args(["--config", config])
        .output()
        .unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

/// A program that ends with the test, and its children with it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.0.id().to_string();
        let _gone = Command::new("kill").args(["-TERM", &id]).status();
        let _ended = self.0.wait();
    }
}

/// What a program says, line by line.
struct Said(Receiver<String>);

impl Said {
    fn by(output: impl Read + Send + 'static) -> Self {
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                if tell
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
                {
                    return;
                }
            }
        });
        Self(told)
    }

    /// Waits for a line with this in it.
    fn until(&self, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut before = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.0.recv_timeout(left) else {
                panic!("no `{wanted}` in:\n{}", before.join("\n"));
            };
            if line.contains(wanted) {
                return;
            }
            before.push(line);
        }
    }
}

/// A program whose lines come at once, not by the block.
fn unbuffered(program: &str) -> Command {
    let mut command = Command::new("stdbuf");
    command.args(["-oL", "-eL", program]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}
