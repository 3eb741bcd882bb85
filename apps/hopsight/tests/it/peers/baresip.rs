//! baresip (1.0, MD5 only, Outbound and GRUU): two of them sign in and call each other.

use super::{Deployment, Running, Said, unbuffered};
use crate::program::free_port;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;

#[test]
fn two_baresips_sign_in_and_call_each_other() {
    let deployment = Deployment::start("baresip", &["alice", "bob"]);
    let bob = Baresip::start(&deployment, "bob");
    let alice = Baresip::start(&deployment, "alice");

    alice.tell("dial", "sip:bob@localhost");
    for end in [&alice, &bob] {
        end.said.until("Call established");
    }
    alice.tell("hangup", "");
    bob.said.until("session closed");
}

/// One baresip, signed in; it answers by itself.
pub(super) struct Baresip {
    pub(super) said: Said,
    control: u16,
    _program: Running,
}

impl Baresip {
    pub(super) fn start(deployment: &Deployment, name: &str) -> Self {
        let folder = deployment.folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let control = free_port();
        let modules = ["uuid", "g711"].map(|name| format!("module {name}.so\n"));
        let applications =
            ["account", "menu", "ctrl_tcp"].map(|name| format!("module_app {name}.so\n"));
        let config = format!(
            "sip_listen 127.0.0.1:0\nsip_verify_server no\n\
             module_path /usr/lib/baresip/modules\n{}{}ctrl_tcp_listen 127.0.0.1:{control}\n",
            modules.concat(),
            applications.concat()
        );
        let account = format!(
            "<sip:{name}@localhost;transport=tls>;auth_user={name};auth_pass={};\
             outbound=\"sip:127.0.0.1:{};transport=tls\";sipnat=outbound;answermode=auto\n",
            deployment.secret(name),
            deployment.port
        );
        std::fs::write(folder.join("config"), config).unwrap();
        std::fs::write(folder.join("accounts"), account).unwrap();
        let mut program = unbuffered("baresip")
            .arg("-f")
            .arg(&folder)
            .spawn()
            .expect("baresip is not installed (Debian: baresip-core)");
        let said = Said::by(program.stdout.take().unwrap());
        let program = Running(program);
        said.until(" 200 OK ");
        Self {
            said,
            control,
            _program: program,
        }
    }

    /// Gives a command, as a netstring of JSON.
    pub(super) fn tell(&self, command: &str, parameters: &str) {
        let command = json!({"command": command, "params": parameters}).to_string();
        let mut control = TcpStream::connect(("127.0.0.1", self.control)).unwrap();
        write!(control, "{}:{command},", command.len()).unwrap();
    }
}
