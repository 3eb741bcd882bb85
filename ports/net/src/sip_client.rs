//! Decides how a native endpoint reaches its front end by SIP: TLS with ALPN
//! `sip`, whole messages in both directions.

use crate::connect::{Connected, connect};
use crate::sip_connection::carry_sip;
use crate::tls::{Alpn, client_config};
use crate::{ConnectError, ServerAddress, SipConnectionSettings, SipReceiver, SipSender, Trust};
use std::net::SocketAddr;

/// A connection to a front end.
#[derive(Debug)]
pub struct SipFlow {
    /// Takes messages that are to be sent.
    pub sender: SipSender,
    /// Gives messages that came.
    pub receiver: SipReceiver,
    /// Our own address.
    pub local: SocketAddr,
    /// The front end's address.
    pub remote: SocketAddr,
}

/// Connects to a front end. The flow is kept alive while its receiver is asked.
///
/// # Errors
/// When the server cannot be reached, cannot be trusted, or speaks no SIP.
pub async fn connect_sip(server: &ServerAddress, trust: &Trust) -> Result<SipFlow, ConnectError> {
    let config = client_config(trust, Some(Alpn::Sip)).map_err(|source| ConnectError::Trust {
        server: server.clone(),
        source,
    })?;
    let Connected {
        stream,
        local,
        remote,
    } = connect(server, config).await?;
    if stream.get_ref().1.alpn_protocol() != Some(Alpn::Sip.wire_name()) {
        return Err(ConnectError::Protocol {
            server: server.clone(),
            address: remote,
            protocol: "SIP",
        });
    }
    let (sender, receiver) = carry_sip(stream, remote, SipConnectionSettings::client());
    Ok(SipFlow {
        sender,
        receiver,
        local,
        remote,
    })
}
