//! Decides what a deployment's configuration means: TOML, then environment
//! overrides, then defaults. A wrong key or value is told with file, line, key
//! and remedy. What the roles do with it is left to them.

#![forbid(unsafe_code)]

use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Everything that `serve` may be told. Each key has a default that serves one
/// machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// The SIP domain and realm; not necessarily a DNS name.
    pub domain: String,
    /// Where people open the pages, `https://HOST[:PORT]`.
    pub url: Option<String>,
    /// The folder for database, certificates and keys.
    pub state: PathBuf,
    /// Where the server listens.
    pub listen: Listen,
    /// The relay of this machine.
    pub relay: Relay,
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// The one port: HTTPS, WSS, SIP and TURN.
    pub address: SocketAddr,
    /// STUN and TURN over UDP and TCP beside it.
    pub stun: SocketAddr,
    /// What was counted, as text for a scraper, without TLS and without sign-in;
    /// not served by default.
    pub metrics: Option<SocketAddr>,
}

/// The relay of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    /// Whether there is a relay at all; without one sessions are direct or
    /// nothing.
    pub enabled: bool,
    /// The address that clients are told; the machine's own by default.
    pub advertised: Option<IpAddr>,
    /// The IPv6 address of this machine from which it relays as well; none by
    /// default.
    pub advertised_ipv6: Option<Ipv6Addr>,
    /// First and last relayed port.
    pub ports: Ports,
    /// Private networks whose hosts the relay may send to, as `ADDRESS/LENGTH`;
    /// the directly connected ones by default.
    pub peer_networks: Option<Vec<String>>,
}

/// A range of ports, written `FIRST-LAST`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Ports(pub RangeInclusive<u16>);

impl Default for Configuration {
    fn default() -> Self {
        Self {
            domain: "hopsight.internal".to_owned(),
            url: None,
            state: PathBuf::from("/var/lib/hopsight"),
            listen: Listen::default(),
            relay: Relay::default(),
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            address: SocketAddr::new(any, 443),
            stun: SocketAddr::new(any, 3478),
            metrics: None,
        }
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            enabled: true,
            advertised: None,
            advertised_ipv6: None,
            ports: Ports(49152..=65535),
            peer_networks: None,
        }
    }
}

impl TryFrom<String> for Ports {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of ports; write for example 49152-65535");
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let first: u16 = first.trim().parse().map_err(|_| wrong())?;
        let last: u16 = last.trim().parse().map_err(|_| wrong())?;
        (first > 1023 && first <= last)
            .then_some(Self(first..=last))
            .ok_or_else(wrong)
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigurationError {
    place: String,
    problem: String,
    remedy: String,
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  {}", self.place, self.problem, self.remedy)
    }
}

impl std::error::Error for ConfigurationError {}

/// Reads the file, then takes over `HOPSIGHT_SECTION__KEY` from `environment`.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Configuration, ConfigurationError> {
    let text = file.map_or(Ok(String::new()), text_of)?;
    let name = file.map_or_else(
        || "configuration".to_owned(),
        |file| file.display().to_string(),
    );
    read(&name, &text, environment)
}

/// Reads the text of the file that is called `name`, then takes over
/// `HOPSIGHT_SECTION__KEY` from `environment`.
pub fn read(
    name: &str,
    text: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Configuration, ConfigurationError> {
    let as_written: Configuration =
        toml::from_str(text).map_err(|error| explain(name, text, &error))?;
    let mut table: toml::Table = text.parse().map_err(|error| explain(name, text, &error))?;
    let overrides: Vec<(String, String)> = environment.filter_map(own_key).collect();
    if overrides.is_empty() {
        return Ok(as_written);
    }
    for (path, value) in &overrides {
        set(&mut table, path, value);
    }
    table
        .try_into()
        .map_err(|error| explain("environment HOPSIGHT_…", "", &error))
}

fn text_of(file: &Path) -> Result<String, ConfigurationError> {
    std::fs::read_to_string(file).map_err(|error| ConfigurationError {
        place: file.display().to_string(),
        problem: format!("cannot be read: {error}"),
        remedy: "give an existing file with --config, or leave --config out for the defaults"
            .to_owned(),
    })
}

/// Variables that steer single commands and belong to no deployment.
const NOT_CONFIGURATION: &[&str] = &[
    "SECRET",
    "SECRET_FILE",
    "LOG",
    "BINARY",
    "PAINTER",
    "DEMO_PAINTER",
    "LAB_BOX",
    "LAB_INSIDE",
    "AT",
];

fn own_key((name, value): (String, String)) -> Option<(String, String)> {
    let key = name.strip_prefix("HOPSIGHT_")?;
    (!NOT_CONFIGURATION.contains(&key)).then(|| (key.to_ascii_lowercase(), value))
}

fn set(table: &mut toml::Table, path: &str, value: &str) {
    let parsed = value
        .parse::<toml::Value>()
        .unwrap_or_else(|_| toml::Value::String(value.to_owned()));
    match path.split_once("__") {
        None => {
            table.insert(path.to_owned(), parsed);
        }
        Some((section, key)) => {
            let entry = table
                .entry(section)
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let Some(inner) = entry.as_table_mut() {
                inner.insert(key.to_owned(), parsed);
            }
        }
    }
}

fn explain(name: &str, text: &str, error: &toml::de::Error) -> ConfigurationError {
    let line = error
        .span()
        .map(|span| text.get(..span.start).unwrap_or("").lines().count().max(1));
    let ends_at_newline = error.span().is_some_and(|span| {
        text.get(..span.start)
            .is_some_and(|before| before.ends_with('\n'))
    });
    let line = line.map(|line| line + usize::from(ends_at_newline));
    let message = error.message();
    ConfigurationError {
        place: line.map_or_else(|| name.to_owned(), |line| format!("{name}, line {line}")),
        problem: message.to_owned(),
        remedy: remedy(message),
    }
}

/// Names the nearest key when a key is not known.
fn remedy(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = message
        .starts_with("unknown field")
        .then(|| quoted.next())
        .flatten();
    unknown
        .and_then(|unknown| quoted.min_by_key(|known| distance(unknown, known)))
        .map_or_else(
            || "correct the value; docs/operators.md lists every key with an example".to_owned(),
            |nearest| format!("did you mean `{nearest}`?"),
        )
}

/// Edits that turn one word into another (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (done, left) in from.chars().enumerate() {
        let mut next = vec![done + 1];
        for ((above, above_left), right) in row.iter().skip(1).zip(&row).zip(to.chars()) {
            let beside = next.last().copied().unwrap_or(0) + 1;
            next.push(
                beside
                    .min(above + 1)
                    .min(above_left + usize::from(left != right)),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Configuration, String> {
        read("FILE", text, std::iter::empty()).map_err(|error| error.to_string())
    }

    #[test]
    fn no_file_means_every_default() {
        assert_eq!(load(None, std::iter::empty()), Ok(Configuration::default()));
    }

    #[test]
    fn an_unknown_key_is_told_with_line_and_nearest_key() {
        let told =
            of("domain = \"example.org\"\n\n[listen]\nadress = \"0.0.0.0:443\"\n").unwrap_err();

        assert_eq!(
            told,
            "FILE, line 4: unknown field `adress`, expected one of `address`, `stun`, `metrics`\n  did you mean `address`?"
        );
    }

    #[test]
    fn a_wrong_value_is_told_with_its_line() {
        let told = of("[relay]\nports = \"many\"\n").unwrap_err();

        assert_eq!(
            told,
            "FILE, line 2: `many` is no range of ports; write for example 49152-65535\n  correct the value; docs/operators.md lists every key with an example"
        );
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let environment = [(
            "HOPSIGHT_LISTEN__ADDRESS".to_owned(),
            "127.0.0.1:8443".to_owned(),
        )];
        let configuration = load(None, environment.into_iter()).unwrap();

        assert_eq!(
            configuration.listen.address,
            "127.0.0.1:8443".parse().unwrap()
        );
    }
}
