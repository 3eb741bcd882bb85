//! linphonec (5.1): signs in over TLS and is called.

use super::baresip::Baresip;
use super::{Deployment, Running, Said, unbuffered};
use std::process::{ChildStdin, Stdio};

#[test]
fn linphone_signs_in_and_is_called() {
    let deployment = Deployment::start("linphone", &["alice", "bob"]);
    let bob = Linphone::start(&deployment, "bob");
    let alice = Baresip::start(&deployment, "alice");

    alice.tell("dial", "sip:bob@localhost");
    alice.said.until("Call established");
    bob.said.until("to LinphoneCallConnected");
    alice.tell("hangup", "");
    bob.said.until("to LinphoneCallEnd");
}

/// One linphonec, signed in; it answers by itself.
struct Linphone {
    said: Said,
    /// It ends when nobody can type any more.
    _keyboard: ChildStdin,
    _program: Running,
}

impl Linphone {
    fn start(deployment: &Deployment, name: &str) -> Self {
        let home = deployment.folder.join(name);
        std::fs::create_dir_all(home.join(".local/share/linphone")).unwrap();
        let settings = format!(
            "[sip]\nsip_port=-1\nsip_tcp_port=-1\nsip_tls_port=-1\nverify_server_certs=0\n\
             verify_server_cn=0\ndefault_proxy=0\n\
             [proxy_0]\nreg_proxy=<sip:localhost:{};transport=tls>\n\
             reg_identity=sip:{name}@localhost\nreg_expires=60\nreg_sendregister=1\n\
             [auth_info_0]\nusername={name}\nuserid={name}\npasswd={}\n\
             realm=localhost\ndomain=localhost\n",
            deployment.port,
            deployment.secret(name)
        );
        let file = home.join("linphonerc");
        std::fs::write(&file, settings).unwrap();
        let mut program = unbuffered("linphonec")
            .args(["-a", "-d", "6", "-c"])
            .arg(&file)
            .env("HOME", &home)
            .stdin(Stdio::piped())
            .spawn()
            .expect("linphonec is not installed (Debian: linphone-cli)");
        let said = Said::by(program.stdout.take().unwrap());
        let keyboard = program.stdin.take().unwrap();
        let program = Running(program);
        said.until("to [LinphoneRegistrationOk]");
        Self {
            said,
            _keyboard: keyboard,
            _program: program,
        }
    }
}
