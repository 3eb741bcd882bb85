//! coturn's own client against the relay of the real binary, by a grant for tools.
//!
//! Loopback is never a peer, so all of it happens in a namespace of its own, where
//! the machine has an address that is none of loopback's.

use crate::program::{folder, hopsight, serve};
use hopsight_lab::{bound, enter, may_enter};
use std::path::Path;
use std::process::{Child, Command, Output};

#[test]
fn coturns_client_reaches_a_peer_over_every_transport_by_a_grant() {
    in_namespace(
        "coturns_client_reaches_a_peer_over_every_transport_by_a_grant",
        || {
            let deployment = Deployment::start("coturn");
            let way = |name: &str, options: &[&str]| (name.to_owned(), deployment.lost(options));
            let ways: Vec<(String, String)> = vec![
                way("udp", &["-p", STUN]),
                way("udp, by indication", &["-p", STUN, "-s"]),
                way("udp, not to be cut up", &["-p", STUN, "-s", "-g"]),
                way("udp, to itself", &["-p", STUN, "-y"]),
                way("tcp", &["-p", STUN, "-t"]),
                way("tcp on the one port", &["-p", PORT, "-t"]),
                way("tls on the one port", &["-p", PORT, "-t", "-S"]),
            ];
            let none_lost = |(name, _): &(String, String)| (name.clone(), NONE_LOST.to_owned());
            let expected: Vec<(String, String)> = ways.iter().map(none_lost).collect();

            assert_eq!(ways, expected);
        },
    );
}

#[test]
fn a_grant_reaches_no_peer_that_it_does_not_name_and_none_of_loopback() {
    in_namespace(
        "a_grant_reaches_no_peer_that_it_does_not_name_and_none_of_loopback",
        || {
            let deployment = Deployment::start("coturn-refused");
            for peer in ["10.77.0.2", "127.0.0.1"] {
                let told = words(&deployment.client(&["-p", STUN, "-e", peer]));

                assert!(told.contains("error 403"), "{peer}: {told}");
            }
        },
    );
}

/// A server with a relay at [`ADDRESS`], an echo there, and a grant to reach it.
struct Deployment {
    server: Child,
    echo: Child,
    username: String,
    password: String,
}

impl Deployment {
    fn start(name: &str) -> Self {
        let folder = folder(name);
        let config = configuration(&folder);
        let server = serve(&config);
        let echo = bound("turnutils_peer")
            .args(["-L", ADDRESS])
            .spawn()
            .unwrap();
        let granted = hopsight()
            .args(["--json", "relay", "grant", "--config", &config])
            .args(["--peer", ADDRESS, "--peer", "127.0.0.1"])
            .output()
            .unwrap();
        let granted: serde_json::Value = serde_json::from_slice(&granted.stdout).unwrap();
        let text = |name: &str| granted[name].as_str().unwrap().to_owned();
        Self {
            server,
            echo,
            username: text("username"),
            password: text("password"),
        }
    }

    /// What coturn's client says of packets that it lost.
    fn lost(&self, options: &[&str]) -> String {
        let options = [options, &["-e", ADDRESS]].concat();
        let told = words(&self.client(&options));
        let said = told.split_once("Total lost").map(|(_, said)| said);
        let lost = said.and_then(|said| said.split(", total send dropped").next());
        lost.map_or_else(|| told.clone(), str::to_owned)
    }

    fn client(&self, options: &[&str]) -> Output {
        let mut client = Command::new("turnutils_uclient");
        client.args(["-u", &self.username, "-w", &self.password, "-n", "20"]);
        client.args(options).arg(ADDRESS).output().unwrap()
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        for child in [&mut self.server, &mut self.echo] {
            let _gone = child.kill();
            let _waited = child.wait();
        }
    }
}

fn configuration(folder: &Path) -> String {
    let file = folder.join("hopsight.toml");
    let text = format!(
        "state = {:?}\n[listen]\naddress = \"{ADDRESS}:{PORT}\"\nstun = \"{ADDRESS}:{STUN}\"\n\
         [relay]\npeer_networks = [\"10.77.0.0/24\"]\n",
        folder.join("state"),
    );
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// Runs this test once more inside a fresh network namespace, and the story there.
fn in_namespace(test: &str, story: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        for words in [
            &["link", "set", "lo", "up"][..],
            &["address", "add", &format!("{ADDRESS}/24"), "dev", "lo"],
        ] {
            assert!(Command::new("ip").args(words).status().unwrap().success());
        }
        return story();
    }
    let tool = Command::new("turnutils_uclient").arg("-?").output();
    assert!(
        tool.is_ok(),
        "turnutils_uclient is missing; install the Debian package coturn"
    );
    may_enter().unwrap();
    let name = format!("relay::{test}");
    let inside = enter(std::env::current_exe().unwrap())
        .args([&name, "--exact", "--nocapture"])
        .env(INSIDE, "yes")
        .output()
        .unwrap();

    assert!(inside.status.success(), "{}", words(&inside));
}

fn words(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

const ADDRESS: &str = "10.77.0.1";
const PORT: &str = "8443";
const STUN: &str = "3478";
const NONE_LOST: &str = " packets 0 (0.000000%)";
/// Tells the test that it is in its namespace.
const INSIDE: &str = "RELAY_TEST_INSIDE";
