//! The programs of a played session: a server and two endpoints, each at its
//! node, each this very program.

use super::display::Screen;
use super::{STATE, own_program, tls_box};
use crate::failure::Failure;
use crate::json::text;
use crate::state;
use hopsight_lab::{Act, Card, Deployment, Expect, Fault, Network, Person, Task};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// The state of another deployment in the same network.
const OTHER_STATE: &str = "/run/hopsight-lab-other";

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
    /// Boxes on the way, and another deployment.
    others: Vec<Child>,
    endpoints: Vec<(&'static str, Child)>,
    screen: Option<Screen>,
    events: mpsc::Receiver<Said>,
}

/// Where people find the server, and how they know it.
struct Door<'a> {
    config: &'a str,
    url: String,
    authority: String,
}

impl Scene {
    /// Starts server, viewer and sharer, and brings about what goes wrong late;
    /// whoever is last has begun when this returns.
    pub(super) async fn start(
        network: &Network,
        card: &Card,
        late: &[Fault],
        expect: &Expect,
    ) -> Result<Self, Failure> {
        let places = &network.topology().places;
        let address = network.topology().address_of(&places.server);
        let address = address.ok_or_else(|| Failure::failed("the card's server has no address"))?;
        let config = card.server.configuration(&address, &places.relay, STATE);
        let config = configure(STATE, &config)?;
        let (server, authority) = serve(network, &places.server, &config).await?;
        let mut others = tls_box::start(network, &card.fault, &address, &authority).await?;
        others.extend(another(network, card).await?);
        let (sender, events) = mpsc::channel(256);
        let mut scene = Self {
            server,
            others,
            endpoints: Vec::new(),
            screen: None,
            events,
        };
        let door = Door {
            config: &config,
            url: card.server.url(&address),
            authority,
        };
        let act = &card.act;
        if act.person == Person::Viewer {
            scene.bring_about(network, act, late).await?;
            return scene.viewer(network, act, &door, sender).await;
        }
        if act.viewer_absent {
            device(&config, "desk2").await?;
        } else {
            scene = scene.viewer(network, act, &door, sender.clone()).await?;
            if let Err(silent) = scene.registered().await
                && expect.path != "none"
            {
                return Err(silent);
            }
        }
        scene.bring_about(network, act, late).await?;
        let mut command = endpoint(network, &places.sharer, &words_of(act), act, &door).await?;
        if let Some(display) = act.display {
            let screen = Screen::raise(network, &places.sharer, display).await?;
            screen.show_to(&mut command);
            scene.screen = Some(screen);
        }
        scene.begin("sharer", command, sender)?;
        Ok(scene)
    }

    async fn viewer(
        mut self,
        network: &Network,
        act: &Act,
        door: &Door<'_>,
        sender: mpsc::Sender<Said>,
    ) -> Result<Self, Failure> {
        let mut words = vec!["view", "--headless", "--as", "desk2"];
        if !act.declined {
            words.push("--accept");
        }
        let node = &network.topology().places.viewer;
        let command = match act.person {
            Person::Viewer => endpoint(network, node, &words, act, door).await?,
            Person::Sharer => endpoint(network, node, &words, &Act::default(), door).await?,
        };
        self.begin("viewer", command, sender)?;
        Ok(self)
    }

    async fn bring_about(
        &mut self,
        network: &Network,
        act: &Act,
        late: &[Fault],
    ) -> Result<(), Failure> {
        for fault in late {
            let broken = network.break_it(fault);
            broken.map_err(|error| Failure::failed(error.to_string()))?;
        }
        if act.server_stopped {
            end(&mut self.server).await;
        }
        Ok(())
    }

    /// The next thing an endpoint says.
    pub(super) async fn said(&mut self) -> Option<Said> {
        self.events.recv().await
    }

    /// Lets the sharer's display do what it does once the sharer is signed in.
    pub(super) fn follow(&mut self, said: &Said) -> Result<(), Failure> {
        let is_signed_in = said.place == "sharer" && text(&said.event, "event") == "registered";
        let screen = self.screen.as_mut().filter(|_| is_signed_in);
        screen.map_or(Ok(()), Screen::turn)
    }

    /// Brings about what goes wrong while everything runs.
    pub(super) fn bring(&mut self, network: &Network, fault: &Fault) -> Result<(), Failure> {
        let Fault::ProgramKilled { on } = fault else {
            let broken = network.break_it(fault);
            return broken.map_err(|error| Failure::failed(error.to_string()));
        };
        let is_viewer = network.topology().places.viewer == *on;
        let wanted = if is_viewer { "viewer" } else { "sharer" };
        let mut endpoints = self.endpoints.iter_mut();
        let killed = endpoints.find(|(place, _)| *place == wanted);
        killed.map_or(Ok(()), |(_, child)| {
            let killed = child.start_kill();
            killed.map_err(|error| Failure::could_not("kill", wanted, &error))
        })
    }

    /// Ends everything: endpoints first, so that they can say goodbye.
    pub(super) async fn stop(mut self) {
        for (_, mut endpoint) in self.endpoints.drain(..).rev() {
            end(&mut endpoint).await;
        }
        for other in &mut self.others {
            end(other).await;
        }
        end(&mut self.server).await;
        for program in self.screen.iter_mut().flat_map(Screen::programs) {
            end(program).await;
        }
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
            .map_err(|error| Failure::could_not("start", place, &error))?;
        if let Some(output) = child.stdout.take() {
            tokio::spawn(listen(place, output, sender));
        }
        self.endpoints.push((place, child));
        Ok(())
    }
}

/// The word for a person in what the lab says.
pub(super) const fn place(person: Person) -> &'static str {
    match person {
        Person::Sharer => "sharer",
        Person::Viewer => "viewer",
    }
}

/// Writes the configuration of a server that keeps everything in `state`, and
/// says where.
fn configure(state: &str, text: &str) -> Result<String, Failure> {
    state::make_folder(Path::new(state))?;
    let config = format!("{state}/hopsight.toml");
    std::fs::write(&config, text).map_err(|error| Failure::could_not("write", &config, &error))?;
    Ok(config)
}

/// Another deployment, at a node of its own, if the card has one.
async fn another(network: &Network, card: &Card) -> Result<Option<Child>, Failure> {
    let Some(node) = &card.server.another else {
        return Ok(None);
    };
    let address = network.topology().address_of(node);
    let address = address.ok_or_else(|| Failure::failed(format!("{node} has no address")))?;
    let text = Deployment::default().configuration(&address, &address, OTHER_STATE);
    let config = configure(OTHER_STATE, &text)?;
    let (server, _) = serve(network, node, &config).await?;
    Ok(Some(server))
}

/// What the sharer runs.
fn words_of(act: &Act) -> Vec<&str> {
    let whom = act.invite.as_deref().unwrap_or("desk2");
    match act.run {
        Task::Share => {
            let source = if act.display.is_some() {
                "screen"
            } else {
                "test-pattern"
            };
            vec!["share", whom, "--source", source, "--as", "desk1"]
        }
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
        .map_err(|error| Failure::could_not("start", "the server", &error))?;
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
        .map_err(|error| Failure::could_not("start", "hopsight user", &error))?;
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let secret = said
        .get("secret")
        .and_then(Value::as_str)
        .map(str::to_owned);
    secret.ok_or_else(|| Failure::failed("no device secret was made; the words stand above"))
}

/// A person's program at `node`, who does as `act` says, under the name
/// behind `--as`.
async fn endpoint(
    network: &Network,
    node: &str,
    what: &[&str],
    act: &Act,
    door: &Door<'_>,
) -> Result<Command, Failure> {
    let after_as = what.iter().skip_while(|word| **word != "--as").nth(1);
    let who = after_as.copied().unwrap_or_default();
    let own = device(door.config, who).await?;
    if act.disabled {
        disable(door.config, who).await?;
    }
    let name = act.server_name.as_ref();
    let url = name.map_or_else(|| door.url.clone(), |name| format!("https://{name}"));
    let mut command = Command::from(network.command(node, own_program()?));
    command
        .args(what)
        .args(["--server", &url, "--ca", &door.authority, "--json"])
        .env("HOPSIGHT_SECRET", act.secret.as_ref().unwrap_or(&own))
        .env("HOPSIGHT_LOG", "error,stun_proto=off")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

/// Forbids a person of the played deployment to sign in.
async fn disable(config: &str, name: &str) -> Result<(), Failure> {
    let status = Command::new(own_program()?)
        .args(["user", "disable", name, "--json", "--config", config])
        .stdout(Stdio::null())
        .status()
        .await
        .map_err(|error| Failure::could_not("start", "hopsight user", &error))?;
    let is_done = status.success();
    is_done
        .then_some(())
        .ok_or_else(|| Failure::failed(format!("{name} was not disabled")))
}

async fn end(child: &mut Child) {
    if let Some(id) = child.id() {
        let id = id.to_string();
        let _sent = Command::new("kill").args(["-TERM", &id]).status().await;
    }
    let _late = tokio::time::timeout(Duration::from_secs(3), child.wait()).await;
}
