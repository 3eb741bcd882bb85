//! Decides what a card says: a network, the faults in it, what its people do and
//! what must come of it. The cards of the project are embedded.

use crate::{Deployment, Display, Expect, Fault, IcmpPolicy, Later, Router, Topology};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A network with or without faults.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its name on the command line.
    pub name: String,
    /// One line about it.
    pub title: String,
    /// The name of the topology.
    pub topology: String,
    /// Who wrote it.
    #[serde(default)]
    pub author: Author,
    /// What is wrong, in the order in which it is brought about.
    #[serde(default)]
    pub fault: Vec<Fault>,
    /// What goes wrong only while the picture is shown.
    #[serde(default)]
    pub later: Vec<Later>,
    /// Routers that differ from ordinary ones.
    #[serde(default)]
    pub router: Vec<Router>,
    /// How the server differs from an ordinary one.
    #[serde(default)]
    pub server: Deployment,
    /// What people do, when that is not sharing as usual.
    #[serde(default)]
    pub act: Act,
    /// What must come of a session.
    pub expect: Expect,
    /// What must come of it where routers speak rarely; the same, when absent.
    pub expect_limited: Option<Expect>,
    /// What must come of it where routers say nothing; the same, when absent.
    pub expect_silent: Option<Expect>,
}

/// Who wrote a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// Who wrote the rules as well.
    #[default]
    First,
    /// Somebody who has not read them.
    Second,
}

/// What people do in the network of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// What the sharer runs.
    #[serde(default)]
    pub run: Task,
    /// Whom the sharer invites, when that is not the viewer.
    pub invite: Option<String>,
    /// Who does not do as usual: whose are the name and the secret below. When it
    /// is the viewer, the sharer waits for them in vain and does not begin.
    #[serde(default)]
    pub person: Person,
    /// The name by which that person reaches the server, instead of its address.
    pub server_name: Option<String>,
    /// The secret that they give, instead of the right one.
    pub secret: Option<String>,
    /// Whether their account is disabled before they begin.
    #[serde(default)]
    pub disabled: bool,
    /// Whether the viewer has an account and is not signed in.
    #[serde(default)]
    pub viewer_absent: bool,
    /// Whether the viewer answers no.
    #[serde(default)]
    pub declined: bool,
    /// Whether the server is stopped before the sharer begins.
    #[serde(default)]
    pub server_stopped: bool,
    /// Whether the faults are brought about only when the viewer has signed in.
    #[serde(default)]
    pub late: bool,
    /// The screen that the sharer shows, instead of the test pattern.
    pub display: Option<Display>,
}

/// One of the two people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Person {
    /// Whose desktop is shown.
    #[default]
    Sharer,
    /// Who sees it.
    Viewer,
}

/// What the sharer runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// `hopsight share`.
    #[default]
    Share,
    /// `hopsight check`.
    Check,
}

/// A card that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// No card has this name.
    #[error("there is no card `{name}`; `hopsight lab --list` names them all")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The file of a card cannot be read.
    #[error("the card {file} cannot be read: {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why not.
        problem: String,
    },
    /// The file does not say what a card must say.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it, with line and key.
        problem: String,
    },
}

impl Card {
    /// The card of the project of that name, or the one in a file that ends in
    /// `.toml`.
    pub fn named(name: &str) -> Result<Self, CardError> {
        if Path::new(name).extension().is_some_and(|end| end == "toml") {
            return Self::in_file(Path::new(name));
        }
        let found = CARDS.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| CardError::Unknown {
            name: name.to_owned(),
        })?;
        Self::read(&file_of(name), text)
    }

    /// The card in that file.
    pub fn in_file(file: &Path) -> Result<Self, CardError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| CardError::Unreadable {
            file: name.clone(),
            problem: error.to_string(),
        })?;
        Self::read(&name, &text)
    }

    /// Every card of the project, by name.
    #[must_use]
    pub fn all() -> Vec<Result<Self, CardError>> {
        let read = |(name, text): &(&str, &str)| Self::read(&file_of(name), text);
        CARDS.iter().map(read).collect()
    }

    /// The card in `text`, which stands in `file`.
    pub fn read(file: &str, text: &str) -> Result<Self, CardError> {
        let card: Self = read(file, text)?;
        let malformed = |problem| CardError::Malformed {
            file: file.to_owned(),
            problem,
        };
        match card.mistake()? {
            Some((word, what)) => Err(malformed(format!("{}{what}", line_of(text, &word)))),
            None => Ok(card),
        }
    }

    /// What must come of a session under this policy.
    #[must_use]
    pub fn expected(&self, icmp: IcmpPolicy) -> &Expect {
        let other = match icmp {
            IcmpPolicy::Normal => None,
            IcmpPolicy::Limited => self.expect_limited.as_ref(),
            IcmpPolicy::Silent => self.expect_silent.as_ref(),
        };
        other.unwrap_or(&self.expect)
    }

    /// Whether nothing may be spoken, whatever the routers say.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let others = [&self.expect_limited, &self.expect_silent];
        let mut all = others.into_iter().flatten().chain([&self.expect]);
        all.all(|expect| !expect.is_verdict())
    }

    /// The network before anything went wrong in it.
    pub fn topology(&self) -> Result<Topology, CardError> {
        let found = TOPOLOGIES.iter().find(|(known, _)| *known == self.topology);
        let (name, text) = found.ok_or_else(|| CardError::Malformed {
            file: file_of(&self.name),
            problem: format!("key `topology`: there is no topology `{}`", self.topology),
        })?;
        read(&file_of(&format!("topologies/{name}")), text)
    }

    /// Everything that goes wrong, sooner or later.
    fn faults(&self) -> impl Iterator<Item = &Fault> + Clone {
        let later = self.later.iter().map(|later| &later.fault);
        self.fault.iter().chain(later)
    }

    /// Which node has which address, those of odd routers included.
    pub fn owners(&self) -> Result<BTreeMap<IpAddr, String>, CardError> {
        let mut owners = self.topology()?.owners();
        let faults = self.faults();
        owners.extend(faults.filter_map(Fault::further_address));
        for router in &self.router {
            owners.extend(router.address.map(|address| (address, router.node.clone())));
        }
        Ok(owners)
    }

    /// What makes the server's name known where a card does not say otherwise: to
    /// both people and the server itself.
    pub fn known_names(&self) -> Result<Vec<Fault>, CardError> {
        let Some(name) = &self.server.name else {
            return Ok(Vec::new());
        };
        let topology = self.topology()?;
        let places = &topology.places;
        let address = topology.address_of(&places.server);
        let address = address.and_then(|address| address.parse().ok());
        let everybody = [&places.sharer, &places.viewer, &places.server];
        let knows = |node: &String| {
            let is_own = |fault: &Fault| matches!(fault, Fault::Name { on, .. } if on == node);
            let is_odd = self.fault.iter().any(is_own);
            let address = address.filter(|_| !is_odd)?;
            Some(Fault::Name {
                on: node.clone(),
                name: name.clone(),
                address,
            })
        };
        Ok(everybody.into_iter().filter_map(knows).collect())
    }

    /// The nodes that are at fault.
    #[must_use]
    pub fn guilty(&self, expect: &Expect) -> BTreeSet<String> {
        if expect.guilty.is_empty() {
            return self.faults().map(|fault| fault.node().to_owned()).collect();
        }
        expect.guilty.iter().cloned().collect()
    }

    /// The addresses that `parties` (addresses or names of nodes) stand for.
    pub fn addresses(&self, parties: &[String]) -> Result<BTreeSet<IpAddr>, CardError> {
        let owners = self.owners()?;
        let of = |party: &String| -> Vec<IpAddr> {
            if let Ok(address) = party.parse() {
                return vec![address];
            }
            let owned = owners.iter().filter(|(_, node)| *node == party);
            owned.map(|(address, _)| *address).collect()
        };
        Ok(parties.iter().flat_map(of).collect())
    }

    /// The first thing that this card says and its network contradicts: the word
    /// that is wrong, and what is wrong with it.
    fn mistake(&self) -> Result<Option<(String, String)>, CardError> {
        let nodes = self.topology()?.nodes();
        let expects = [&self.expect_limited, &self.expect_silent];
        let expects = expects.into_iter().flatten().chain([&self.expect]);
        let faults = self.faults();
        let named = faults
            .clone()
            .map(|fault| ("fault.on", fault.node()))
            .chain(faults.filter_map(|fault| Some(("fault.towards", fault.neighbour()?))))
            .chain(
                self.router
                    .iter()
                    .map(|router| ("router.node", router.node.as_str())),
            )
            .chain(
                self.server
                    .another
                    .iter()
                    .map(|node| ("server.another", node.as_str())),
            )
            .chain(expects.clone().flat_map(|expect| {
                let nodes = expect.named_nodes();
                nodes.map(|node| ("expect", node)).collect::<Vec<_>>()
            }));
        let unknown = named.into_iter().find(|(_, node)| !nodes.contains(*node));
        if let Some((key, node)) = unknown {
            let what = format!(
                "key `{key}`: the network {} has no node `{node}`",
                self.topology
            );
            return Ok(Some((node.to_owned(), what)));
        }
        if let Some(mistaken) = self.killed_in_vain()? {
            return Ok(Some(mistaken));
        }
        Ok(expects.into_iter().find_map(unknown_word))
    }

    /// A program can be killed only while it runs, and where one runs.
    fn killed_in_vain(&self) -> Result<Option<(String, String)>, CardError> {
        let places = self.topology()?.places;
        let killed = |fault: &Fault| {
            let Fault::ProgramKilled { on } = fault else {
                return None;
            };
            Some(on.clone())
        };
        let at_once = self.fault.iter().find_map(killed).map(|on| {
            let what = "key `fault.kind`: a program is killed under `later` only".to_owned();
            (on, what)
        });
        let mut later = self.later.iter().filter_map(|later| killed(&later.fault));
        let nobody = later.find(|on| ![&places.sharer, &places.viewer].contains(&on));
        let nobody = nobody.map(|on| {
            let what = format!("key `later.fault.on`: nobody runs a program at `{on}`");
            (on, what)
        });
        Ok(at_once.or(nobody))
    }
}

/// A word of a label that no session can come to.
fn unknown_word(expect: &Expect) -> Option<(String, String)> {
    let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let sets: [(&str, Option<&String>, Vec<String>); 5] = [
        (
            "path",
            Some(&expect.path),
            texts(&["direct", "relay", "any", "none"]),
        ),
        (
            "transport",
            expect.transport.as_ref(),
            texts(&["udp", "tcp", "tls"]),
        ),
        (
            "confidence",
            expect.confidence.as_ref(),
            texts(&["proven", "located", "side-only", "leading", "unknown"]),
        ),
        (
            "side",
            expect.side.as_ref(),
            texts(&["sharer", "viewer", "both"]),
        ),
        (
            "direction",
            expect.direction.as_ref(),
            texts(&["sharer-to-viewer", "viewer-to-sharer", "both"]),
        ),
    ];
    sets.into_iter().find_map(|(key, word, known)| {
        let word = word.filter(|word| !known.contains(word))?;
        let what = format!(
            "key `expect.{key}`: `{word}` is none of {}",
            known.join(", ")
        );
        Some((word.clone(), what))
    })
}

/// `line N, ` for the first line that holds `word` in quotes.
fn line_of(text: &str, word: &str) -> String {
    let quoted = format!("\"{word}\"");
    let mut lines = text.lines();
    let line = lines.position(|line| !line.starts_with('#') && line.contains(&quoted));
    line.map_or_else(String::new, |line| format!("line {}, ", line + 1))
}

/// Where the project keeps it.
fn file_of(name: &str) -> String {
    format!("cards/{name}.toml")
}

fn read<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, CardError> {
    toml::from_str(text).map_err(|error| CardError::Malformed {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_card_can_be_read_and_names_a_known_topology() {
        for card in Card::all() {
            let card = card.unwrap();

            assert_eq!(card.topology().map(|known| known.name), Ok(card.topology));
        }
    }

    #[test]
    fn every_card_in_the_folder_is_embedded_under_its_own_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cards");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
            .filter(|name| name != "short")
            .collect();
        files.sort();
        let names: Vec<String> = Card::all()
            .into_iter()
            .map(|card| card.unwrap().name)
            .collect();

        assert_eq!(files, names);
    }

    #[test]
    fn an_unknown_card_is_told_with_the_command_that_lists_them() {
        assert_eq!(
            Card::named("nope").unwrap_err().to_string(),
            "there is no card `nope`; `hopsight lab --list` names them all"
        );
    }

    #[test]
    fn a_card_may_stand_in_a_file_of_its_own() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cards/healthy.toml");

        assert_eq!(Card::named(file), Card::named("healthy"));
        assert_eq!(
            Card::named("nowhere/odd.toml").unwrap_err().to_string(),
            "the card nowhere/odd.toml cannot be read: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn a_card_with_an_error_names_file_line_and_key() {
        let card = |lines: &str| {
            let text = format!(
                "name = \"odd\"\ntitle = \"Odd\"\ntopology = \"seed-vlans\"\n{lines}\n[expect]\npath = \"relay\"\n"
            );
            Card::read("cards/odd.toml", &text).unwrap_err().to_string()
        };

        assert_eq!(
            card("[[fault]]\nkind = \"protocol-dropped\"\non = \"corr\"\nprotocol = \"udp\""),
            "cards/odd.toml: line 6, key `fault.on`: the network seed-vlans has no node `corr`"
        );
        let misspelt = card("[[fault]]\nkind = \"protocol-dropped\"\nat = \"core\"");
        assert!(
            misspelt.starts_with("cards/odd.toml: TOML parse error at line 4"),
            "{misspelt}"
        );
        assert!(misspelt.contains("`at`"), "{misspelt}");
        let lost = card("fault = []\n[server]\nanother = \"attic\"");
        assert_eq!(
            lost,
            "cards/odd.toml: line 6, key `server.another`: the network seed-vlans has no node `attic`"
        );
        let unknown_key = card("fault = []\n[server]\nrelais = false");
        assert!(
            unknown_key.starts_with("cards/odd.toml: TOML parse error at line 6"),
            "{unknown_key}"
        );
        assert!(unknown_key.contains("`relais`"), "{unknown_key}");
        let early = card("[[fault]]\nkind = \"program-killed\"\non = \"desk-b\"");
        assert_eq!(
            early,
            "cards/odd.toml: line 6, key `fault.kind`: a program is killed under `later` only"
        );
        let killed = |on: &str| {
            card(&format!(
                "[[later]]\nafter_picture_ms = 9\nfault = {{ kind = \"program-killed\", on = \"{on}\" }}"
            ))
        };
        assert_eq!(
            killed("core"),
            "cards/odd.toml: line 6, key `later.fault.on`: nobody runs a program at `core`"
        );
        let display = card("[act]\ndisplay = \"blue\"");
        assert!(
            display.contains("line 5") && display.contains("`blue`"),
            "{display}"
        );
        let unknown = card("fault = []\n[expect_silent]\npath = \"sideways\"");
        assert_eq!(
            unknown,
            "cards/odd.toml: line 6, key `expect.path`: `sideways` is none of direct, relay, any, none"
        );
    }
}
