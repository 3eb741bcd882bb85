//! Decides what a fresh Debian machine still needs and installs it: by apt when
//! root, else it says exactly what to install.

use crate::command::{Outcome, is_installed, program, root, run};
use std::path::PathBuf;

/// A Debian package and the program by which one sees that it is there.
struct Package {
    name: &'static str,
    program: &'static str,
}

/// What the product is built with.
pub(crate) fn for_build() -> Outcome {
    packages(&[Package {
        name: "nasm",
        program: "nasm",
    }])
}

/// A private display, for a machine without one.
pub(crate) fn for_display() -> Outcome {
    packages(&[Package {
        name: "xvfb",
        program: "Xvfb",
    }])
}

/// What the tests need beside that.
pub(crate) fn for_test() -> Outcome {
    for_build()?;
    for_display()?;
    packages(&[
        Package {
            name: "chromium",
            program: "chromium",
        },
        Package {
            name: "libnss3-tools",
            program: "certutil",
        },
        Package {
            name: "x11-xserver-utils",
            program: "xsetroot",
        },
        Package {
            name: "coturn",
            program: "turnutils_uclient",
        },
        Package {
            name: "iproute2",
            program: "ip",
        },
        Package {
            name: "nftables",
            program: "nft",
        },
        Package {
            name: "procps",
            program: "sysctl",
        },
        Package {
            name: "util-linux",
            program: "unshare",
        },
        Package {
            name: "baresip-core",
            program: "baresip",
        },
        Package {
            name: "kamailio",
            program: "kamailio",
        },
        Package {
            name: "kamailio-tls-modules",
            program: "kamailio",
        },
        Package {
            name: "linphone-cli",
            program: "linphonec",
        },
        Package {
            name: "sip-tester",
            program: "sipp",
        },
        Package {
            name: "sipsak",
            program: "sipsak",
        },
    ])?;
    cargo_tools()
}

/// Everything that demo and test need.
pub(crate) fn everything() -> Outcome {
    for_test()
}

/// The folder that holds the cargo tools of this checkout.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools/bin")
}

fn packages(wanted: &[Package]) -> Outcome {
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|package| !is_installed(package.program))
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !is_root() || !is_installed("apt-get") {
        return Err(format!(
            "{list} missing; install with: sudo apt-get install {list}"
        ));
    }
    println!("installing {list}");
    run(&mut program("apt-get", &["update", "-qq"]))?;
    let mut install = program(
        "apt-get",
        &["install", "-y", "-qq", "--no-install-recommends"],
    );
    run(install
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// nextest and deny come as ready-built wheels, pinned in `tools.txt`; building
/// them from source would cost more than all of our own code.
fn cargo_tools() -> Outcome {
    let wanted = root().join("xtask/tools.txt");
    let stamp = root().join("target/tools/tools.txt");
    let installed = std::fs::read(&stamp).ok();
    if installed.is_some() && installed == std::fs::read(&wanted).ok() {
        return Ok(());
    }
    if run(&mut program("python3", &["-m", "venv", "target/tools"])).is_err() {
        packages(&[
            Package {
                name: "python3-venv",
                program: "python3-venv",
            },
            Package {
                name: "python3-pip",
                program: "pip3",
            },
        ])?;
        run(&mut program("python3", &["-m", "venv", "target/tools"]))?;
    }
    let pip = tools().join("pip");
    run(&mut program(
        pip,
        &["install", "--quiet", "--requirement", "xtask/tools.txt"],
    ))?;
    std::fs::copy(&wanted, &stamp)
        .map(|_| ())
        .map_err(|error| format!("could not write {}: {error}", stamp.display()))
}

fn is_root() -> bool {
    crate::command::output(&mut program("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}
