//! An own client of the relay, as small as a test needs it: asks as whom it is
//! seen, and has two allocations of one session reach each other (RFC 8656).

use hopsight_kit::{Random, Redacted};
use hopsight_net::Entropy;
use hopsight_turn::message::{
    AttributeKind, Class, Key, Message, Method, TransactionId, Writer, read_xor_address,
};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// How long one answer is waited for, and how often is asked.
const PATIENCE: Duration = Duration::from_millis(500);
const ATTEMPTS: usize = 3;

/// UDP in REQUESTED-TRANSPORT (RFC 8656, section 18.7).
const UDP: [u8; 4] = [17, 0, 0, 0];

/// What an own client sends through the relay.
const GREETING: &[u8] = b"hopsight self-test";

/// Why two own clients did not reach each other. Numbers are STUN error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RelayTrouble {
    /// No answer came.
    Silent,
    /// The grant was not taken.
    Credentials(u16),
    /// No port was left.
    Full(u16),
    /// One client was not permitted the other.
    Refused(u16),
    /// A datagram went in and did not come out.
    NotForwarded,
}

/// The user name and password of a grant.
pub(super) type Grant = (String, Redacted<String>);

/// As whom the relay at `server` sees a client of this machine.
pub(super) async fn mapped(server: SocketAddr) -> Option<SocketAddr> {
    let socket = connected(server).await?;
    let request = request(Method::Binding);
    let answer = exchange(&socket, request).await?;
    let message = Message::read(&answer).ok()?;
    let value = message.attribute(AttributeKind::XorMappedAddress)?;
    read_xor_address(value, message.transaction())
}

/// Has two clients with these grants, of one session, reach each other.
pub(super) async fn through(server: SocketAddr, grants: &[Grant; 2]) -> Result<(), RelayTrouble> {
    let [first, second] = grants;
    let sender = Allocated::with(server, first).await?;
    let receiver = Allocated::with(server, second).await?;
    sender.permit(receiver.relayed).await?;
    receiver.permit(sender.relayed).await?;
    for _ in 0..ATTEMPTS {
        let send = Writer::new(Class::Indication, Method::Send, transaction())
            .address(AttributeKind::XorPeerAddress, receiver.relayed)
            .attribute(AttributeKind::Data, GREETING)
            .finish();
        if sender.socket.send(&send).await.is_ok() && receiver.is_greeted().await {
            return Ok(());
        }
    }
    Err(RelayTrouble::NotForwarded)
}

/// A client that holds an allocation.
struct Allocated {
    socket: UdpSocket,
    signature: Signature,
    relayed: SocketAddr,
}

/// What signs requests (RFC 8489, section 9.2).
struct Signature {
    username: String,
    realm: Vec<u8>,
    nonce: Vec<u8>,
    key: Key,
}

impl Allocated {
    async fn with(server: SocketAddr, (username, password): &Grant) -> Result<Self, RelayTrouble> {
        let socket = connected(server).await.ok_or(RelayTrouble::Silent)?;
        let ask = || request(Method::Allocate).attribute(AttributeKind::RequestedTransport, &UDP);
        let challenge = exchange(&socket, ask()).await.ok_or(RelayTrouble::Silent)?;
        let signature = Signature::of(&challenge, username, password)
            .ok_or(RelayTrouble::Credentials(code(&challenge)))?;
        let answer = exchange(&socket, signature.sign(ask())).await;
        let answer = answer.ok_or(RelayTrouble::Silent)?;
        let relayed = relayed(&answer).ok_or_else(|| match code(&answer) {
            code @ (486 | 508) => RelayTrouble::Full(code),
            code => RelayTrouble::Credentials(code),
        })?;
        Ok(Self {
            socket,
            signature,
            relayed,
        })
    }

    async fn permit(&self, peer: SocketAddr) -> Result<(), RelayTrouble> {
        let ask = request(Method::CreatePermission).address(AttributeKind::XorPeerAddress, peer);
        let answer = exchange(&self.socket, self.signature.sign(ask)).await;
        match answer.map(|answer| code(&answer)) {
            None => Err(RelayTrouble::Silent),
            Some(0) => Ok(()),
            Some(code) => Err(RelayTrouble::Refused(code)),
        }
    }

    async fn is_greeted(&self) -> bool {
        let mut buffer = [0; 1500];
        let received = timeout(PATIENCE, self.socket.recv(&mut buffer)).await;
        let Ok(Ok(length)) = received else {
            return false;
        };
        let bytes = buffer.get(..length).unwrap_or_default();
        Message::read(bytes)
            .ok()
            .and_then(|message| message.attribute(AttributeKind::Data))
            == Some(GREETING)
    }
}

impl Signature {
    fn of(challenge: &[u8], username: &str, password: &Redacted<String>) -> Option<Self> {
        let message = Message::read(challenge).ok()?;
        let realm = message.text(AttributeKind::Realm)?;
        Some(Self {
            username: username.to_owned(),
            realm: realm.as_bytes().to_vec(),
            nonce: message.attribute(AttributeKind::Nonce)?.to_vec(),
            key: Key::long_term(username, realm, password),
        })
    }

    fn sign(&self, request: Writer) -> Writer {
        request
            .attribute(AttributeKind::Username, self.username.as_bytes())
            .attribute(AttributeKind::Realm, &self.realm)
            .attribute(AttributeKind::Nonce, &self.nonce)
            .sign(&self.key)
    }
}

async fn connected(server: SocketAddr) -> Option<UdpSocket> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await.ok()?;
    socket.connect(server).await.ok()?;
    Some(socket)
}

/// Asks up to three times; the answer of this transaction, if one came.
async fn exchange(socket: &UdpSocket, request: Writer) -> Option<Vec<u8>> {
    let request = request.finish();
    let wanted = Message::read(&request).ok()?.transaction();
    let mut buffer = [0; 1500];
    for _ in 0..ATTEMPTS {
        // A refusal of the system is as good as no answer.
        let _sent = socket.send(&request).await;
        if let Ok(Ok(length)) = timeout(PATIENCE, socket.recv(&mut buffer)).await {
            let answer = buffer.get(..length).unwrap_or_default();
            let is_wanted =
                Message::read(answer).is_ok_and(|message| message.transaction() == wanted);
            if is_wanted {
                return Some(answer.to_vec());
            }
        }
    }
    None
}

fn request(method: Method) -> Writer {
    Writer::new(Class::Request, method, transaction())
}

fn transaction() -> TransactionId {
    let mut id = [0; 12];
    Entropy.fill(&mut id);
    TransactionId(id)
}

/// The error code of an answer; zero for a good one (RFC 8489, section 14.8).
fn code(answer: &[u8]) -> u16 {
    let Ok(message) = Message::read(answer) else {
        return 0;
    };
    let value = message.attribute(AttributeKind::ErrorCode);
    match value {
        Some([_, _, class, number, ..]) => u16::from(*class) * 100 + u16::from(*number),
        Some(_) | None => 0,
    }
}

fn relayed(answer: &[u8]) -> Option<SocketAddr> {
    let message = Message::read(answer).ok()?;
    let value = message.attribute(AttributeKind::XorRelayedAddress)?;
    read_xor_address(value, message.transaction())
}
