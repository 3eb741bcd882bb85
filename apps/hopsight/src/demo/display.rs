//! What the demo shows: this machine's display, a private one with moving
//! content when there is none, the built-in test pattern when there is no X.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The display that is shared. Dropping it ends a private one.
pub(super) struct Display {
    kind: Kind,
}

enum Kind {
    Own,
    Private { name: String, programs: Vec<Child> },
    None,
}

impl Display {
    /// Finds a display, or makes one and lets `painter` paint it.
    pub(super) fn find(painter: Option<&Path>) -> Self {
        let kind = if std::env::var_os("DISPLAY").is_some() {
            Kind::Own
        } else {
            private(painter).unwrap_or(Kind::None)
        };
        Self { kind }
    }

    /// The name of a private display.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Private { name, .. } => Some(name),
            Kind::Own | Kind::None => None,
        }
    }

    /// The source to share.
    pub(super) const fn source(&self) -> &'static str {
        match self.kind {
            Kind::Own | Kind::Private { .. } => "screen",
            Kind::None => "test-pattern",
        }
    }

    /// What is shared, for a person.
    pub(super) const fn says(&self) -> &'static str {
        match self.kind {
            Kind::Own => "This machine's desktop is shared.",
            Kind::Private { .. } => {
                "This machine has no display; a private one with moving content is shared."
            }
            Kind::None => "This machine has no X server; the built-in test pattern is shared.",
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Kind::Private { programs, .. } = &mut self.kind {
            for program in programs.iter_mut().rev() {
                let _gone = program.kill();
                let _status = program.wait();
            }
        }
    }
}

/// Xvfb picks a free number and writes it to its standard output.
fn private(painter: Option<&Path>) -> Option<Kind> {
    let painter = painter?;
    let mut server = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x720x24",
            "-nolisten",
            "tcp",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let number = first_line(&mut server);
    let name = number.map(|number| format!(":{}", number.trim()))?;
    let painted = Command::new(painter)
        .env("DISPLAY", &name)
        .stdin(Stdio::null())
        .spawn();
    let mut programs = vec![server];
    programs.extend(painted.ok());
    Some(Kind::Private { name, programs })
}

fn first_line(server: &mut Child) -> Option<String> {
    use std::io::BufRead;
    let output = server.stdout.take()?;
    let mut line = String::new();
    std::io::BufReader::new(output).read_line(&mut line).ok()?;
    (!line.trim().is_empty()).then_some(line)
}
