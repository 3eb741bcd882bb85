//! Asks this system's resolver for a name of the deployment, as every other
//! program of the machine would.

use hopsight_evidence::Observation;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::time::timeout;

/// A resolver that answers later than this is as good as none.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many addresses of one name are told.
const MOST_ADDRESSES: usize = 8;

/// What the system's resolver says of `name`, as
/// [`Observation::NameLookedUp`]. An address stands for itself. Must be called
/// within a tokio runtime.
pub async fn name(name: &str) -> Observation {
    let (addresses, problem) = match timeout(PATIENCE, lookup_host((name, 0))).await {
        Ok(Ok(found)) => {
            let addresses = once_each(found);
            let problem = addresses.is_empty().then(|| "no address".to_owned());
            (addresses, problem)
        }
        Ok(Err(error)) => (Vec::new(), Some(error.to_string())),
        Err(_elapsed) => {
            let waited = PATIENCE.as_secs();
            let problem = format!("the resolver gave no answer within {waited} s");
            (Vec::new(), Some(problem))
        }
    };
    Observation::NameLookedUp {
        name: name.to_owned(),
        addresses,
        problem,
    }
}

fn once_each(found: impl Iterator<Item = SocketAddr>) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for address in found.map(|place| place.ip()) {
        if !addresses.contains(&address) && addresses.len() < MOST_ADDRESSES {
            addresses.push(address);
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_once_and_in_the_resolvers_order() {
        let places = ["10.0.0.2:0", "10.0.0.1:0", "10.0.0.2:0"];
        let found = places.map(|place| place.parse().unwrap());

        let expected: [IpAddr; 2] = [[10, 0, 0, 2].into(), [10, 0, 0, 1].into()];
        assert_eq!(once_each(found.into_iter()), expected);
    }
}
