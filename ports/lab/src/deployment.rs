//! Decides how the server of a card differs from an ordinary one: what stands in
//! its configuration, and which other deployment runs in the same network. Takes
//! the places of a topology, gives configuration text; starting programs is left
//! to the callers.

use serde::Deserialize;
use std::net::IpAddr;

/// The server of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployment {
    /// The name by which people reach it, instead of its address. Both people and
    /// the server itself find it, unless a fault of kind `name` says otherwise.
    pub name: Option<String>,
    /// The only address on which it takes connections.
    pub listen: Option<IpAddr>,
    /// Whether it has a relay.
    pub relay: Option<bool>,
    /// The address that it tells for its relay, instead of the right one.
    pub advertised: Option<IpAddr>,
    /// The relay's own ports, as `FIRST-LAST`.
    pub ports: Option<String>,
    /// Private networks to which the relay may send.
    pub peer_networks: Option<Vec<String>>,
    /// A node on which another deployment runs, which knows nobody of this one.
    pub another: Option<String>,
}

impl Deployment {
    /// Where people open its pages.
    #[must_use]
    pub fn url(&self, address: &str) -> String {
        format!("https://{}", self.name.as_deref().unwrap_or(address))
    }

    /// What `hopsight serve --config` is given for a server at `address` that
    /// keeps everything in `state`.
    #[must_use]
    pub fn configuration(&self, address: &str, relay: &str, state: &str) -> String {
        let advertised = self.advertised.map(|address| address.to_string());
        let advertised = advertised.unwrap_or_else(|| relay.to_owned());
        let texts = |texts: &Vec<String>| {
            let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("[{}]", texts.join(", "))
        };
        let listen = self.listen.map(|address| quoted(&format!("{address}:443")));
        let lines = [
            ("url", Some(quoted(&self.url(address)))),
            ("state", Some(quoted(state))),
            ("listen.address", listen),
            ("relay.enabled", self.relay.map(|is_on| is_on.to_string())),
            ("relay.advertised", Some(quoted(&advertised))),
            ("relay.ports", self.ports.as_deref().map(quoted)),
            (
                "relay.peer_networks",
                self.peer_networks.as_ref().map(texts),
            ),
        ];
        let lines = lines.into_iter().filter_map(|(key, value)| {
            let value = value?;
            Some(format!("{key} = {value}\n"))
        });
        lines.collect()
    }
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_server_is_told_where_it_is_and_where_its_relay_is() {
        let text = Deployment::default().configuration("10.0.0.1", "10.0.0.2", "/run/x");

        assert_eq!(
            text,
            "url = \"https://10.0.0.1\"\nstate = \"/run/x\"\nrelay.advertised = \"10.0.0.2\"\n"
        );
    }

    #[test]
    fn what_a_card_says_of_its_server_stands_in_the_configuration() {
        let server = Deployment {
            name: Some("desk.example".to_owned()),
            listen: "10.0.0.2".parse().ok(),
            relay: Some(false),
            advertised: "127.0.0.1".parse().ok(),
            ports: Some("50000-50001".to_owned()),
            peer_networks: Some(vec!["10.1.0.0/16".to_owned()]),
            another: None,
        };

        assert_eq!(
            server.configuration("10.0.0.1", "10.0.0.2", "/run/x"),
            "url = \"https://desk.example\"\nstate = \"/run/x\"\n\
             listen.address = \"10.0.0.2:443\"\nrelay.enabled = false\n\
             relay.advertised = \"127.0.0.1\"\nrelay.ports = \"50000-50001\"\n\
             relay.peer_networks = [\"10.1.0.0/16\"]\n"
        );
    }
}
