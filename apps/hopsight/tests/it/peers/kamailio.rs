//! Kamailio (5.6) as the hop before the server and as the one behind it: it speaks UDP
//! with people and holds one TLS connection to the server, with Path and Record-Route.

use super::{Deployment, Running};
use crate::program::free_port;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::Instant;

const SETTINGS: &str = include_str!("../../data/peers/kamailio.cfg");

/// A Kamailio in front of a deployment.
pub(super) struct Kamailio {
    /// Where people reach it over UDP.
    pub(super) port: u16,
    _program: Running,
}

impl Kamailio {
    pub(super) fn start(deployment: &Deployment) -> Self {
        let port = free_udp_port();
        let file = deployment.folder.join("kamailio.cfg");
        let settings = SETTINGS
            .replace("UDP_PORT", &port.to_string())
            .replace("TLS_PORT", &free_port().to_string())
            .replace("SERVER_PORT", &deployment.port.to_string())
            .replace("FOLDER", &deployment.folder.display().to_string());
        std::fs::write(&file, settings).unwrap();
        let own = std::fs::read(deployment.folder.join("state/server.pem")).unwrap();
        std::fs::write(deployment.folder.join("proxy.pem"), own).unwrap();
        let program = Command::new("kamailio")
            .args(["-DD", "-E", "-Y"])
            .arg(&deployment.folder)
            .arg("-f")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(deployment.folder.join("kamailio.log")).unwrap())
            .spawn()
            .expect("kamailio is not installed (Debian: kamailio, kamailio-tls-modules)");
        let program = Running(program);
        wait_for(port);
        Self {
            port,
            _program: program,
        }
    }
}

/// Asks with OPTIONS until it answers, whatever it answers.
fn wait_for(port: u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let pause = std::time::Duration::from_millis(200);
    socket.set_read_timeout(Some(pause)).unwrap();
    let here = socket.local_addr().unwrap();
    let asks = format!(
        "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK1;rport\r\n\
         Max-Forwards: 0\r\nFrom: <sip:t@localhost>;tag=1\r\nTo: <sip:t@localhost>\r\n\
         Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    let deadline = Instant::now() + super::PATIENCE;
    let mut answer = [0; 2048];
    while Instant::now() < deadline {
        socket
            .send_to(asks.as_bytes(), ("127.0.0.1", port))
            .unwrap();
        if socket.recv(&mut answer).is_ok() {
            return;
        }
    }
    panic!("kamailio does not answer");
}

pub(super) fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
