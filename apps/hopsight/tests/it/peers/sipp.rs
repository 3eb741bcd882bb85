//! sipp (3.6, MD5, comma-joined Via) behind Kamailio: two people sign in by the same
//! proxy, one calls the other, and each request proves whose it is.

use super::Deployment;
use super::kamailio::{Kamailio, free_udp_port};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const REGISTER: &str = include_str!("../../data/peers/register.xml");
const CALL: &str = include_str!("../../data/peers/call.xml");
const ANSWER: &str = include_str!("../../data/peers/answer.xml");

#[test]
fn two_people_behind_one_proxy_sign_in_and_call_each_other() {
    let deployment = Deployment::start("sipp", &["alice", "bob"]);
    let proxy = Kamailio::start(&deployment);
    let [alice, bob] = ["alice", "bob"].map(|name| (name, free_udp_port()));
    for (name, port) in [alice, bob] {
        let file = scenario(&deployment, REGISTER, &format!("register-{name}"), name);
        assert!(ended_well(play(&file, proxy.port, port)), "{name} signs in");
    }

    let answers = scenario(&deployment, ANSWER, "answer", "bob");
    let answers = play(&answers, proxy.port, bob.1);
    let calls = scenario(&deployment, CALL, "call", "alice");
    let calls = play(&calls, proxy.port, alice.1);
    assert!(ended_well(calls), "alice calls");
    assert!(ended_well(answers), "bob answers");
}

#[test]
fn sipsak_signs_in_behind_a_proxy() {
    let deployment = Deployment::start("sipsak", &["alice"]);
    let proxy = Kamailio::start(&deployment);
    let output = Command::new("sipsak")
        .args(["-U", "-i", "-x", "60", "-C", "sip:alice@127.0.0.1:5999"])
        .args(["-s", &format!("sip:alice@localhost:{}", proxy.port)])
        .args(["-u", "alice", "-a", deployment.secret("alice")])
        .output()
        .expect("sipsak is not installed (Debian: sipsak)");

    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

fn scenario(deployment: &Deployment, text: &str, name: &str, person: &str) -> PathBuf {
    let file = deployment.folder.join(format!("{name}.xml"));
    let text = text
        .replace("NAME", person)
        .replace("SECRET", deployment.secret(person));
    std::fs::write(&file, text).unwrap();
    file
}

/// Plays a scenario once. sipp ignores a kind request to end, so it gets no other.
fn play(scenario: &Path, proxy: u16, port: u16) -> Child {
    Command::new("timeout")
        .args(["-s", "KILL", "20", "sipp", &format!("127.0.0.1:{proxy}")])
        .arg("-sf")
        .arg(scenario)
        .args(["-i", "127.0.0.1", "-p", &port.to_string()])
        .args(["-m", "1", "-nostdin"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp is not installed (Debian: sip-tester)")
}

fn ended_well(mut program: Child) -> bool {
    program.wait().unwrap().code() == Some(0)
}
