//! The programs of a played session: a server and two endpoints, each at its
//! node, each this very program.

use crate::failure::Failure;
use crate::json::text;
use crate::state;
use hopsight_lab::{Act, Expect, Fault, Network, Task};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// The state of the played server, in the private /run of the namespaces.
pub(super) const STATE: &str = "/run/hopsight-lab";

/// How long server and endpoints may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// What an endpoint said, and which one.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) place: &'static str,
    pub(super) event: Value,
}

/// Everything that runs.
pub(super) struct Scene {
    server: Child,
    endpoints: Vec<Child>,
    events: mpsc::Receiver<Said>,
}

impl Scene {
    /// Starts server, viewer and sharer, and brings about what goes wrong late;
    /// the sharer has begun when this returns.
    pub(super) async fn start(
        network: &Network,
        act: &Act,
        late: &[Fault],
        expect: &Expect,
    ) -> Result<Self, Failure> {
        let places = &network.topology().places;
        let address = network.topology().address_of(&places.server);
        let address = address.ok_or_else(|| Failure::failed("the card's server has no address"))?;
        let config = configure(&address, &places.relay)?;
        let (server, authority) = serve(network, &places.server, &config).await?;
        let (sender, events) = mpsc::channel(256);
        let mut scene = Self {
            server,
            endpoints: Vec::new(),
            events,
        };
        let url = format!("https://{address}");
        let trust = ["--server", &url, "--ca", &authority, "--json"];
        let viewer = ["view", "--accept", "--headless", "--as", "desk2"];
        let secret = device(&config, "desk2").await?;
        let command = endpoint(network, &places.viewer, &viewer, &trust, &secret)?;
        scene.begin("viewer", command, sender.clone())?;
        if let Err(silent) = scene.registered().await
            && expect.path != "none"
        {
            return Err(silent);
        }
        let secret = device(&config, "desk1").await?;
        for fault in late {
            let broken = network.break_it(fault);
            broken.map_err(|error| Failure::failed(error.to_string()))?;
        }
        if act.server_stopped {
            end(&mut scene.server).await;
        }
        let name = act.server_name.as_ref();
        let url = name.map_or(url.clone(), |name| format!("https://{name}"));
        let trust = ["--server", &url, "--ca", &authority, "--json"];
        let secret = act.secret.as_ref().unwrap_or(&secret);
        let sharer = words_of(act);
        let command = endpoint(network, &places.sharer, &sharer, &trust, secret)?;
        scene.begin("sharer", command, sender)?;
        Ok(scene)
    }

    /// The next thing an endpoint says.
    pub(super) async fn said(&mut self) -> Option<Said> {
        self.events.recv().await
    }

    /// Ends everything: endpoints first, so that they can say goodbye.
    pub(super) async fn stop(mut self) {
        for mut endpoint in self.endpoints.drain(..).rev() {
            end(&mut endpoint).await;
        }
        end(&mut self.server).await;
    }

    async fn registered(&mut self) -> Result<(), Failure> {
        let wait = async {
            while let Some(said) = self.said().await {
                match text(&said.event, "event") {
                    "registered" => return true,
                    "left" => return false,
                    _ => {}
                }
            }
            false
        };
        let is_registered = tokio::time::timeout(READY_WITHIN, wait).await;
        match is_registered {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Failure::failed(
                "the viewer did not sign in; its words stand above",
            )),
        }
    }

    fn begin(
        &mut self,
        place: &'static str,
        mut command: Command,
        sender: mpsc::Sender<Said>,
    ) -> Result<(), Failure> {
        let mut child = command
            .spawn()
            .map_err(|error| could_not("start", place, &error))?;
        if let Some(output) = child.stdout.take() {
            tokio::spawn(listen(place, output, sender));
        }
        self.endpoints.push(child);
        Ok(())
    }
}

/// Writes the configuration of the server and says where.
fn configure(address: &str, relay: &str) -> Result<String, Failure> {
    state::make_folder(Path::new(STATE))?;
    let config = format!("{STATE}/hopsight.toml");
    let text = format!(
        "url = \"https://{address}\"\nstate = \"{STATE}\"\n[relay]\nadvertised = \"{relay}\"\n"
    );
    std::fs::write(&config, text).map_err(|error| could_not("write", &config, &error))?;
    Ok(config)
}

/// What the sharer runs.
fn words_of(act: &Act) -> Vec<&str> {
    let whom = act.invite.as_deref().unwrap_or("desk2");
    match act.run {
        Task::Share => vec!["share", whom, "--source", "test-pattern", "--as", "desk1"],
        Task::Check => vec!["check", whom, "--as", "desk1"],
    }
}

/// Passes on what an endpoint says, and that it has left.
async fn listen(place: &'static str, output: impl AsyncRead + Unpin, sender: mpsc::Sender<Said>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(event) = serde_json::from_str(&line) else {
            continue;
        };
        if sender.send(Said { place, event }).await.is_err() {
            return;
        }
    }
    let event = serde_json::json!({"event": "left"});
    let _nobody_listens = sender.send(Said { place, event }).await;
}

/// Starts the server and waits until it says that it is ready and which
/// authority signs its certificate.
async fn serve(network: &Network, node: &str, config: &str) -> Result<(Child, String), Failure> {
    let program = own_program()?;
    let mut command = Command::from(network.command(node, program));
    let mut child = command
        .args(["serve", "--config", config])
        .env("HOPSIGHT_LOG", "error,stun_proto=off,hopsight=info")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| could_not("start", "the server", &error))?;
    let output = child.stderr.take();
    let output = output.ok_or_else(|| Failure::failed("the server has no output"))?;
    let mut lines = BufReader::new(output).lines();
    let wait = async {
        while let Ok(Some(line)) = lines.next_line().await {
            let said: Value = serde_json::from_str(&line).unwrap_or_default();
            let fields = said.get("fields").cloned().unwrap_or_default();
            if text(&fields, "message") == "ready" {
                return Some(text(&fields, "ca").to_owned());
            }
            if !line.contains("\"level\":\"INFO\"") {
                eprintln!("{line}");
            }
        }
        None
    };
    let authority = tokio::time::timeout(READY_WITHIN, wait)
        .await
        .ok()
        .flatten();
    let authority = authority
        .ok_or_else(|| Failure::failed("the server did not start; its words stand above"))?;
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, authority))
}

/// Mints a device secret for a person of the played deployment.
async fn device(config: &str, name: &str) -> Result<String, Failure> {
    let output = Command::new(own_program()?)
        .args([
            "user", "add", name, "--device", "--json", "--config", config,
        ])
        .stderr(Stdio::inherit())
        .output()
        .await
        .map_err(|error| could_not("start", "hopsight user", &error))?;
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let secret = said
        .get("secret")
        .and_then(Value::as_str)
        .map(str::to_owned);
    secret.ok_or_else(|| Failure::failed("no device secret was made; the words stand above"))
}

fn endpoint(
    network: &Network,
    node: &str,
    what: &[&str],
    trust: &[&str],
    secret: &str,
) -> Result<Command, Failure> {
    let mut command = Command::from(network.command(node, own_program()?));
    command
        .args(what)
        .args(trust)
        .env("HOPSIGHT_SECRET", secret)
        .env("HOPSIGHT_LOG", "error,stun_proto=off")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

async fn end(child: &mut Child) {
    if let Some(id) = child.id() {
        let id = id.to_string();
        let _sent = Command::new("kill").args(["-TERM", &id]).status().await;
    }
    let _late = tokio::time::timeout(Duration::from_secs(3), child.wait()).await;
}

fn own_program() -> Result<std::path::PathBuf, Failure> {
    std::env::current_exe().map_err(|error| could_not("find", "this program", &error))
}

fn could_not(do_what: &str, what: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("could not {do_what} {what}: {error}"))
}
