//! The demo, in a network of its own so that nothing of it is seen outside.

use crate::program::{Run, folder, hopsight};
use hopsight_screen::counter;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One network card with an address and nobody at the other end.
const NETWORK: &str = "ip link set lo up && ip link add d0 type veth peer name d1 && ip address add 10.9.0.1/24 dev d0 && ip link set d0 up && ip link set d1 up && exec \"$@\"";

#[test]
fn the_demo_sees_itself_and_a_second_run_goes_on_with_the_same_state() {
    let state = folder("demo").join("state");

    for round in 1..=2 {
        let before = since_1970();
        let ended = demo(&state);
        assert_eq!(ended.code, 0, "run {round}\n{}\n{}", ended.out, ended.err);

        let names: Vec<_> = ended
            .events()
            .iter()
            .map(|event| event["event"].clone())
            .collect();
        for name in [
            "registered",
            "ringing",
            "answered",
            "path",
            "first-frame",
            "ended",
        ] {
            assert!(
                names.iter().any(|one| one == name),
                "run {round}: no {name} in {names:?}"
            );
        }
        let saved = newest_png(&state.join("seen"));
        let age = age_when_saved(&saved);
        assert!(
            age <= Duration::from_secs(2),
            "run {round}: the picture was {age:?} old"
        );
        assert!(saved.metadata().unwrap().modified().unwrap() >= UNIX_EPOCH + before);
    }
}

fn demo(state: &Path) -> Run {
    let program = hopsight().get_program().to_owned();
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--net",
            "--",
            "sh",
            "-c",
            NETWORK,
            "sh",
        ])
        .arg(program)
        .args(["demo", "--headless", "--json", "--state"])
        .arg(state)
        .env_remove("DISPLAY")
        .output()
        .unwrap();
    Run::of(&output)
}

fn newest_png(folder: &Path) -> std::path::PathBuf {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "png"))
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
        .unwrap()
}

/// How old the painted counter was when the picture was written.
fn age_when_saved(file: &Path) -> Duration {
    let written = file.metadata().unwrap().modified().unwrap();
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let picture = reader.next_frame(&mut rgb).unwrap();
    let green: Vec<u8> = rgb.chunks_exact(3).map(|pixel| pixel[1]).collect();
    let width = picture.width as usize;
    let value = counter::read(&green, width, width).expect("no counter in the picture");
    let now = counter::value_at(written.duration_since(UNIX_EPOCH).unwrap());
    counter::age(value, now)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}
