//! Decides what the front end knows of its own deployment that every session's
//! evidence must hold: what its name stands for, which certificate it shows,
//! where it offers a relay.

use crate::settings::Settings;
use hopsight_evidence::Observation;
use std::net::SocketAddr;

/// The observations that are the same for every session of this deployment.
#[derive(Clone, Debug)]
pub(crate) struct House(Vec<Observation>);

impl House {
    pub(crate) fn of(settings: &Settings) -> Self {
        let servers = settings.relay.as_ref().map_or_else(Vec::new, |relay| {
            [relay.stun_port, settings.port]
                .map(|port| SocketAddr::new(relay.address, port))
                .to_vec()
        });
        Self(vec![
            Observation::NameStandsFor {
                name: settings.host.clone(),
                addresses: settings.addresses.clone(),
            },
            Observation::CertificateShown {
                leaf: settings.certificate.digits(),
            },
            Observation::RelayOffered { servers },
        ])
    }

    pub(super) fn observations(&self) -> Vec<Observation> {
        self.0.clone()
    }
}
