//! A box of the lab: answers TLS in the server's place, looks into what passes
//! and passes it on, as inspecting firewalls and old gateways do. It runs as a
//! process of its own at its node; the network leads connections into it.

use super::STATE;
use super::own_program;
use crate::failure::Failure;
use crate::signals::stop_requested;
use crate::state;
use hopsight_lab::{BOX_PORT, BoxCertificate, Fault, Network};
use hopsight_net::tls::server_config;
use hopsight_net::{
    Accepted, AcceptedKind, Alpn, Authority, ByteStream, OnePort, OnePortSettings, ServerAddress,
    Stopper, Trust, connect_stream,
};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// Tells a start of this program that it is such a box, and which.
pub(super) const BOX: &str = "HOPSIGHT_LAB_BOX";

/// What is read of a request before it is passed on: enough for its method.
const FIRST_BYTES: usize = 4096;

/// What a box says to a request that it does not pass on (RFC 9110, section
/// 15.6.2).
const NOT_IMPLEMENTED: &[u8] =
    b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What a box is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    /// The folder of the authority that signs its certificate.
    folder: PathBuf,
    /// In whose place it answers.
    server: String,
    /// The server's authority, as `--ca` has it.
    authority: String,
    /// Methods that it does not pass on.
    refuses: Vec<String>,
}

/// Starts the boxes among `faults`; they take connections when this returns.
pub(super) async fn start(
    network: &Network,
    faults: &[Fault],
    server: &str,
    authority: &str,
) -> Result<Vec<Child>, Failure> {
    let mut boxes = Vec::new();
    for fault in faults {
        if let Fault::TlsBox {
            on,
            certificate,
            refuses,
            ..
        } = fault
        {
            let order = Order {
                folder: folder(on, *certificate)?,
                server: format!("https://{server}"),
                authority: authority.to_owned(),
                refuses: refuses.clone(),
            };
            boxes.push(start_one(network, on, &order).await?);
        }
    }
    Ok(boxes)
}

async fn start_one(network: &Network, node: &str, order: &Order) -> Result<Child, Failure> {
    let order = serde_json::to_string(order)
        .map_err(|error| Failure::failed(format!("a box cannot be told what to do: {error}")))?;
    let mut child = Command::from(network.command(node, own_program()?))
        .args(["lab", "--list"])
        .env(BOX, order)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::could_not("start", "a box", &error))?;
    let output = child.stdout.take();
    let output = output.ok_or_else(|| Failure::failed("the box has no output"))?;
    let ready = BufReader::new(output).lines().next_line().await;
    match ready {
        Ok(Some(_)) => Ok(child),
        Ok(None) | Err(_) => Err(Failure::failed(format!(
            "the box at {node} did not start; its words stand above"
        ))),
    }
}

/// A box with the server's certificate has the key of its authority, given by
/// whoever runs both.
fn folder(node: &str, certificate: BoxCertificate) -> Result<PathBuf, Failure> {
    let folder = PathBuf::from(format!("/run/hopsight-box-{node}"));
    state::make_folder(&folder)?;
    match certificate {
        BoxCertificate::Own => {}
        BoxCertificate::Servers => {
            for file in ["ca.pem", "ca-key.pem"] {
                let from = Path::new(STATE).join(file);
                std::fs::copy(from, folder.join(file))
                    .map_err(|error| Failure::could_not("copy", file, &error))?;
            }
        }
    }
    Ok(folder)
}

/// Is the box that `order` describes, until it is stopped.
pub(super) async fn run(order: &str) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::failed(error.to_string());
    let order: Order = serde_json::from_str(order).map_err(|error| failed(&error))?;
    let server: ServerAddress = order.server.parse().map_err(|error| failed(&error))?;
    let trust = Trust::read(&order.authority).map_err(|error| failed(&error))?;
    let now = state::clock().wall();
    let authority = Authority::open_or_make(&order.folder, now).map_err(|error| failed(&error))?;
    let identity = authority
        .server_identity(std::slice::from_ref(&server.host), now)
        .map_err(|error| failed(&error))?;
    let tls = server_config(&identity).map_err(|error| failed(&error))?;
    let (_stopper, shutdown) = Stopper::new();
    let here = (Ipv4Addr::UNSPECIFIED, BOX_PORT).into();
    let mut port = OnePort::open(&[here], tls, OnePortSettings::default(), &shutdown)
        .map_err(|error| failed(&error))?;
    println!("ready");
    let way = Arc::new(Way {
        server,
        trust,
        refuses: order.refuses,
    });
    let accepting = async {
        while let Some(accepted) = port.accept().await {
            tokio::spawn(pass(Arc::clone(&way), accepted));
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop_requested() => {}
    }
    Ok(())
}

/// Where a box passes things on to, and what it does not.
struct Way {
    server: ServerAddress,
    trust: Trust,
    refuses: Vec<String>,
}

async fn pass(way: Arc<Way>, accepted: Accepted) {
    let protocol = match accepted.kind {
        AcceptedKind::Http => Alpn::Http,
        AcceptedKind::Sip => Alpn::Sip,
        AcceptedKind::Turn(_) => Alpn::Turn,
    };
    if let Err(error) = pass_on(&way, protocol, accepted.stream).await {
        tracing::debug!(error, "a box passed nothing on");
    }
}

async fn pass_on(way: &Way, protocol: Alpn, mut near: ByteStream) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    let mut first = vec![0; FIRST_BYTES];
    let length = near.read(&mut first).await.map_err(told)?;
    first.truncate(length);
    let is_refused = |method: &String| first.starts_with(format!("{method} ").as_bytes());
    if way.refuses.iter().any(is_refused) {
        near.write_all(NOT_IMPLEMENTED).await.map_err(told)?;
        return near.shutdown().await.map_err(told);
    }
    let far = connect_stream(&way.server, &way.trust, protocol).await;
    let mut far = far.map_err(|error| error.to_string())?;
    far.write_all(&first).await.map_err(told)?;
    let passed = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    passed.map(drop).map_err(told)
}
