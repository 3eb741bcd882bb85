//! Commands that end at once: what they say, and with which exit code.

use crate::program::{configuration, folder, free_port, hopsight, listening_on, run, serve};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

#[test]
fn an_unknown_key_is_told_with_file_line_and_the_nearest_key() {
    let folder = folder("unknown-key");
    let file = folder.join("hopsight.toml");
    std::fs::write(
        &file,
        "domain = \"x.test\"\n[listen]\nadress = \"0.0.0.0:1\"\n",
    )
    .unwrap();
    let file = file.display().to_string();

    let ended = run(&["serve", "--config", &file]);

    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.err,
        format!(
            "{file}, line 3: unknown field `adress`, expected one of `address`, `stun`, `metrics`\n  did you mean `address`?\n"
        )
    );
}

#[test]
fn a_port_in_use_is_a_sentence_that_says_what_to_do() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let config = listening_on(&folder("port-in-use"), port);

    let ended = run(&["serve", "--config", &config]);

    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.err,
        format!(
            "cannot listen on 127.0.0.1:{port} (tcp): another program uses that port\n  Stop the other program (`ss -lntup 'sport = :{port}'` names it), or choose another port in the configuration.\n"
        )
    );
}

#[test]
fn a_share_without_a_secret_says_where_one_comes_from() {
    let ended = run(&[
        "share",
        "desk2",
        "--as",
        "desk1",
        "--server",
        "https://127.0.0.1:1",
        "--ca",
        "sha256:0000000000000000000000000000000000000000000000000000000000000000",
    ]);

    assert_eq!(ended.code, 2, "{}", ended.err);
    assert!(ended.err.contains("HOPSIGHT_SECRET"), "{}", ended.err);
}

#[test]
fn a_server_that_cannot_be_reached_is_exit_code_3() {
    let mut share = hopsight();
    share.env("HOPSIGHT_SECRET", "x").args([
        "share",
        "desk2",
        "--as",
        "desk1",
        "--server",
        "https://127.0.0.1:1",
        "--source",
        "test-pattern",
        "--json",
        "--ca",
        "sha256:0000000000000000000000000000000000000000000000000000000000000000",
    ]);

    let output = share.output().unwrap();

    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("127.0.0.1:1"), "{said}");
}

#[test]
fn accounts_outlive_a_kill_and_the_server_starts_again() {
    let folder = folder("kill");
    let config = configuration(&folder);
    let mut server = serve(&config);
    let added = run(&[
        "user",
        "add",
        "desk1",
        "--display-name",
        "Desk One",
        "--json",
        "--config",
        &config,
    ]);
    assert_eq!(added.code, 0, "{}", added.err);
    server.kill().unwrap();
    server.wait().unwrap();

    let mut again = serve(&config);
    let listed = run(&["user", "list", "--json", "--config", &config]);
    again.kill().unwrap();
    again.wait().unwrap();

    assert_eq!(
        listed.events(),
        [serde_json::json!({
            "name": "desk1",
            "display_name": "Desk One",
            "administrator": false,
            "enabled": true,
        })]
    );
}

#[test]
fn what_comes_malformed_is_dropped_and_counted() {
    let folder = folder("counted");
    let config = configuration(&folder);
    let text = std::fs::read_to_string(&config).unwrap();
    let metrics = format!("127.0.0.1:{}", free_port());
    std::fs::write(&config, format!("{text}metrics = \"{metrics}\"\n")).unwrap();
    let mut server = serve(&config);

    let mut nonsense = TcpStream::connect(after(&text, "address = ")).unwrap();
    nonsense.write_all(b"nonsense\r\n\r\n").unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let malformed = [&[0, 1, 255, 255][..], &[0; 16]].concat();
    socket.send_to(&malformed, after(&text, "stun = ")).unwrap();

    let expected = [
        "hopsight_connections_total{is=\"unknown\"} 1\n",
        "hopsight_relay_total{what=\"malformed\"} 1\n",
    ];
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut page = page_of(&metrics);
    while !expected.iter().all(|line| page.contains(line)) && Instant::now() < deadline {
        page = page_of(&metrics);
    }
    server.kill().unwrap();
    server.wait().unwrap();

    for line in expected {
        assert!(page.contains(line), "{line} in {page}");
    }
}

fn page_of(metrics: &str) -> String {
    let mut stream = TcpStream::connect(metrics).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n")
        .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

/// The quoted value behind `key` in a configuration.
fn after<'a>(text: &'a str, key: &str) -> &'a str {
    text.split(key).nth(1).unwrap().split('"').nth(1).unwrap()
}

#[test]
fn a_disabled_person_is_shown_as_such_and_a_taken_name_is_refused() {
    let folder = folder("people");
    let config = configuration(&folder);
    run(&["user", "add", "desk1", "--config", &config]);

    let taken = run(&["user", "add", "desk1", "--config", &config]);
    let disabled = run(&["user", "disable", "desk1", "--config", &config]);
    let listed = run(&["user", "list", "--config", &config]);

    assert_eq!(taken.code, 1, "{}", taken.out);
    assert!(taken.err.contains("Choose another name."), "{}", taken.err);
    assert_eq!(disabled.code, 0, "{}", disabled.err);
    assert!(listed.out.contains("disabled"), "{}", listed.out);
}

#[test]
fn the_lab_lists_its_cards() {
    let listed = run(&["lab", "--list", "--json"]);

    let names: Vec<_> = listed
        .events()
        .iter()
        .map(|card| card["name"].clone())
        .collect();
    assert_eq!(names, crate::program::cards());
}
