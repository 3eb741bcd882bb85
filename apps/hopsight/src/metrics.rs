//! Decides how what the roles counted is written for a scraper: the text format
//! of Prometheus, version 0.0.4. Label values are words of this program only,
//! never text from outside.

use crate::failure::Failure;
use hopsight_configuration::Configuration;
use hopsight_front_end::FrontEnd;
use hopsight_net::{Counts, Shutdown, TextPage, listen};
use hopsight_relay::RelayHandle;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Where the counts of a deployment come from.
pub(crate) struct Sources {
    pub(crate) port: Box<dyn Fn() -> Counts + Send + Sync>,
    pub(crate) front_end: Arc<FrontEnd>,
    pub(crate) relay: Option<RelayHandle>,
}

/// Serves the counts where the configuration wants them, if it does.
pub(crate) fn serve(
    configuration: &Configuration,
    sources: Sources,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    let Some(address) = configuration.listen.metrics else {
        return Ok(());
    };
    let listener = listen(address)
        .map_err(|error| Failure::failed(format!("{error}\n  {}", error.remedy())))?;
    let page = TextPage {
        path: "/metrics",
        content_type: "text/plain; version=0.0.4",
        text: Arc::new(move || sources.page()),
    };
    tokio::spawn(page.serve(listener, shutdown));
    Ok(())
}

impl Sources {
    fn page(&self) -> String {
        [
            counter(
                "hopsight_connections_total",
                "Connections to the one port, by what they carried or why they were closed.",
                "is",
                &connections(&(self.port)()),
            ),
            counter(
                "hopsight_sip_dropped_total",
                "SIP messages that were dropped or refused, by why.",
                "because",
                &self.front_end.counts(),
            ),
            counter(
                "hopsight_verdicts_total",
                "Verdicts that were told, by the code of the main cause.",
                "code",
                &self.front_end.verdicts(),
            ),
            counter(
                "hopsight_relay_total",
                "What the relay did, refused and dropped.",
                "what",
                &self
                    .relay
                    .as_ref()
                    .map(RelayHandle::counts)
                    .unwrap_or_default(),
            ),
            self_tests(&self.front_end.self_tests()),
        ]
        .concat()
    }
}

fn self_tests(tests: &BTreeMap<&'static str, bool>) -> String {
    let values: BTreeMap<&'static str, u64> = tests
        .iter()
        .map(|(name, ok)| (*name, u64::from(*ok)))
        .collect();
    family(
        "hopsight_self_test_ok",
        "Whether the last self-test of this name passed (1) or failed (0).",
        "gauge",
        "test",
        &values,
    )
}

fn connections(counts: &Counts) -> BTreeMap<&'static str, u64> {
    [
        ("http", counts.http),
        ("sip", counts.sip),
        ("turn", counts.turn),
        ("gone", counts.gone),
        ("handshake-failed", counts.handshake_failed),
        ("refused-for-address", counts.refused_for_address),
        ("refused-for-total", counts.refused_for_total),
        ("too-slow", counts.too_slow),
        ("unknown", counts.unknown),
    ]
    .into()
}

fn counter(name: &str, help: &str, label: &str, counted: &BTreeMap<&'static str, u64>) -> String {
    family(name, help, "counter", label, counted)
}

fn family(
    name: &str,
    help: &str,
    kind: &str,
    label: &str,
    counted: &BTreeMap<&'static str, u64>,
) -> String {
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (value, count) in counted {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "{name}{{{label}=\"{value}\"}} {count}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_test_is_a_gauge_of_one_or_zero() {
        let text = self_tests(&[("name", true), ("relay-address", false)].into());

        assert!(text.contains("# TYPE hopsight_self_test_ok gauge\n"));
        assert!(text.ends_with(
            "hopsight_self_test_ok{test=\"name\"} 1\nhopsight_self_test_ok{test=\"relay-address\"} 0\n"
        ));
    }

    #[test]
    fn a_counter_is_written_as_scrapers_read_it() {
        let counted = [("sip.message-refused", 2), ("sip.digest-refused", 0)].into();

        let text = counter("hopsight_sip_dropped_total", "Why.", "because", &counted);

        let expected = "# HELP hopsight_sip_dropped_total Why.\n\
            # TYPE hopsight_sip_dropped_total counter\n\
            hopsight_sip_dropped_total{because=\"sip.digest-refused\"} 0\n\
            hopsight_sip_dropped_total{because=\"sip.message-refused\"} 2\n";
        assert_eq!(text, expected);
    }
}
