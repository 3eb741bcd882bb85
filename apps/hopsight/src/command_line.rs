//! What can be asked on the command line (docs/command-line.md).

use crate::relay::lasting;
use clap::{Args, Parser, Subcommand, ValueEnum};
use hopsight_turn::Network;
use std::path::PathBuf;
use std::time::Duration;

/// Self-hosted desktop sharing that explains its own failures.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, subcommand_required = true)]
pub(crate) struct CommandLine {
    /// One JSON object a line instead of words
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Everything on this machine, one link to open
    #[command(after_help = "Example: hopsight demo --headless")]
    Demo(Demo),
    /// Run the roles named in the configuration (all of them by default)
    #[command(after_help = "Example: hopsight serve --config /etc/hopsight/hopsight.toml")]
    Serve(Serve),
    /// Share this desktop, with WHO or by a share link that is printed
    #[command(
        after_help = "Example: hopsight share desk2 --as desk1 --server https://desk.example:443 --secret-file ~/.hopsight-secret"
    )]
    Share(Share),
    /// Look at everything that a session needs: sign-in, relay, the path to WHO
    #[command(
        after_help = "Example: hopsight check desk2 --as desk1 --server https://desk.example:443 --ca ca.pem --secret-file ~/.hopsight-secret"
    )]
    Check(Check),
    /// See somebody's desktop
    #[command(
        after_help = "Example: hopsight view 'https://desk.example/s/TOKEN#ca=sha256:…' --headless"
    )]
    View(View),
    /// What happened, live and past
    #[command(after_help = "Example: hopsight sessions --config /etc/hopsight/hopsight.toml")]
    Sessions(Sessions),
    /// The verdict for a session or for traces of a known format
    #[command(after_help = "Example: hopsight explain Communicator-uccapi-0.uccapilog")]
    Explain(Explain),
    /// A network with a fault, in namespaces, without root: watch it being explained
    #[command(after_help = "Example: hopsight lab inter-vlan")]
    Lab(Lab),
    /// The relay of this deployment
    #[command(after_help = "Example: hopsight relay grant --peer 10.102.0.0/24 --for 10m")]
    Relay(Relay),
    /// People and their devices
    #[command(after_help = "Example: hopsight user add desk1 --device --json")]
    User(User),
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// See the desktop with the native viewer instead of a browser, save what
    /// was seen, and end
    #[arg(long)]
    pub(crate) headless: bool,
    /// The folder for database, certificates, keys and pictures
    #[arg(long, default_value = ".hopsight")]
    pub(crate) state: PathBuf,
    /// The one port
    #[arg(long, default_value_t = 8443)]
    pub(crate) port: u16,
    /// STUN and TURN over UDP beside it
    #[arg(long, default_value_t = 3478)]
    pub(crate) stun_port: u16,
    /// The program that paints a private display (set by `cargo xtask demo`)
    #[arg(long, env = "HOPSIGHT_DEMO_PAINTER", hide = true)]
    pub(crate) painter: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The configuration, TOML
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
}

/// Who signs in where.
#[derive(Clone, Debug, Args)]
pub(crate) struct Account {
    /// Sign in as this person
    #[arg(long = "as", value_name = "USER")]
    pub(crate) user: Option<String>,
    /// The server, https://HOST or https://HOST:PORT
    #[arg(long)]
    pub(crate) server: Option<String>,
    /// Trust the deployment's CA: a PEM file, or its fingerprint sha256:…
    #[arg(long)]
    pub(crate) ca: Option<String>,
    /// A file that holds the device secret
    #[arg(long, env = "HOPSIGHT_SECRET_FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// The device secret (environment only)
    #[arg(long, env = "HOPSIGHT_SECRET", hide = true, hide_env_values = true)]
    pub(crate) secret: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Share {
    /// The person who is to see this desktop; without it a share link is made
    pub(crate) who: Option<String>,
    #[command(flatten)]
    pub(crate) account: Account,
    /// screen, window:ID or test-pattern
    #[arg(long, default_value = "screen")]
    pub(crate) source: String,
    /// Whether viewers may ask for control
    #[arg(long, value_enum, default_value_t = Control::Never)]
    pub(crate) control: Control,
    /// Consent beforehand to everybody who opens this share's link
    #[arg(long)]
    pub(crate) accept: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Control {
    /// View only
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The person to whose machine the path is looked at, without a picture
    pub(crate) who: Option<String>,
    #[command(flatten)]
    pub(crate) account: Account,
}

#[derive(Debug, Args)]
pub(crate) struct View {
    /// A person, or a share link
    pub(crate) who: Option<String>,
    #[command(flatten)]
    pub(crate) account: Account,
    /// Accept invitations without asking
    #[arg(long)]
    pub(crate) accept: bool,
    /// Without a window
    #[arg(long)]
    pub(crate) headless: bool,
    /// Save pictures as PNG into this folder
    #[arg(long)]
    pub(crate) save_frames: Option<PathBuf>,
    /// The name shown to the sharer when a link is opened as a guest
    #[arg(long, default_value = "Guest")]
    pub(crate) name: String,
    /// End after so many seconds of picture
    #[arg(long, value_name = "SECONDS")]
    pub(crate) for_seconds: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Sessions {
    /// One session, with its verdicts
    pub(crate) id: Option<String>,
    /// The session's verdicts as a ticket for whoever mends the network
    #[arg(long, requires = "id", conflicts_with = "json")]
    pub(crate) ticket: bool,
    /// The configuration of the deployment on this machine
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A session id, a case file, or a trace file
    pub(crate) what: String,
    /// Something known from elsewhere, NAME=VALUE@HOST
    #[arg(long = "fact", value_name = "NAME=VALUE@HOST")]
    pub(crate) facts: Vec<String>,
    /// The configuration of the deployment on this machine
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
}

/// What the routers of a lab say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Icmp {
    /// Errors, as Linux limits them
    #[default]
    Normal,
    /// Two errors a second
    Limited,
    /// Nothing
    Silent,
}

#[derive(Debug, Args)]
pub(crate) struct Lab {
    /// The card to play: its name, or a file that ends in .toml
    #[arg(required_unless_present_any = ["list", "all"])]
    pub(crate) name: Option<String>,
    /// List the cards
    #[arg(long)]
    pub(crate) list: bool,
    /// With --all: the cards of this folder instead of the project's own
    #[arg(long, value_name = "FOLDER", requires = "all")]
    pub(crate) cards: Option<PathBuf>,
    /// Play every card, under every policy for ICMP unless one is named
    #[arg(long, conflicts_with = "name")]
    pub(crate) all: bool,
    /// With --all: add what came of each play to this file, and leave out what
    /// it holds already
    #[arg(long, value_name = "FILE", requires = "all")]
    pub(crate) results: Option<PathBuf>,
    /// With --all: how often each card is played
    #[arg(long, value_name = "COUNT", default_value_t = 1, requires = "all")]
    pub(crate) rounds: u32,
    /// With --all: only so many cards, drawn by --seed
    #[arg(long, value_name = "COUNT", requires = "all")]
    pub(crate) draw: Option<usize>,
    /// With --draw: which ones
    #[arg(long, default_value_t = 1, requires = "draw")]
    pub(crate) seed: u64,
    /// A second fault, by its code
    #[arg(long, value_name = "CODE", conflicts_with = "all")]
    pub(crate) also: Option<String>,
    /// What the routers say of packets that they do not forward
    #[arg(long, value_enum)]
    pub(crate) icmp: Option<Icmp>,
    /// Write the evidence to this file, for `hopsight explain FILE`; with --all,
    /// one file for each play into this folder
    #[arg(long, value_name = "FILE")]
    pub(crate) case: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Relay {
    #[command(subcommand)]
    pub(crate) task: RelayTask,
    /// The configuration of the deployment on this machine
    #[arg(long, global = true)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RelayTask {
    /// Print a user name and a password for a TURN tool that is none of ours
    Grant {
        /// A peer that the tool may reach, or a network of peers; may be repeated
        #[arg(long = "peer", value_name = "CIDR", required = true)]
        peers: Vec<Network>,
        /// How long it may: 90s, 10m, 2h; a day at most
        #[arg(long = "for", value_name = "TIME", default_value = "10m", value_parser = lasting)]
        lasting: Duration,
    },
}

#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    pub(crate) task: UserTask,
    /// The configuration of the deployment on this machine
    #[arg(long, global = true)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserTask {
    /// Add a person and print a one-time sign-in link, or a device secret
    Add {
        /// Lower-case letters, digits, dot, dash and underscore
        name: String,
        /// The name that others are shown
        #[arg(long)]
        display_name: Option<String>,
        /// Mint a device secret for a native endpoint or a script
        #[arg(long)]
        device: bool,
        /// The device knows no digest but MD5 (old phones, sipp): it is let in with it
        #[arg(long, requires = "device")]
        md5: bool,
        /// May see everybody's sessions
        #[arg(long)]
        administrator: bool,
    },
    /// List people
    List,
    /// Forbid signing in, end what is signed in
    Disable {
        /// The person
        name: String,
    },
    /// Print a new one-time sign-in link
    Reset {
        /// The person
        name: String,
    },
}
