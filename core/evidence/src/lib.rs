//! Facts, places and the per-path ledger: the language that all others speak.
//!
//! A port sees a [`PathEvent`] and writes it into a [`Ledger`]; the ledger
//! turns events into [`Observation`]s; whoever received them from an
//! authenticated flow stamps them into a [`Fact`]. `diagnosis` reads facts and
//! nothing else. No clock, no socket, no order that differs from run to run.

#![forbid(unsafe_code)]

mod case_file;
mod event;
mod fact;
mod ice_warning;
mod ledger;
mod observation;
mod place;
mod subject;
mod timeline;

pub use case_file::{CaseFile, CaseFileError};
pub use event::{DtlsStep, IceState, PathEvent, TurnMethod};
pub use fact::{Claim, Fact, FactId, Privilege, Quality};
pub use ice_warning::{IceWarning, Stage, ice_warnings};
pub use ledger::Ledger;
pub use observation::{
    CallParty, CaptureState, CertificateProblem, HardwareAddress, Hop, IcmpKind, LinkKind,
    NeighbourState, Observation, Pace, Presence, SignallingRequest, TcpOutcome,
};
pub use place::{CandidateKind, Observer, Pair, Side, Transport, Via};
pub use timeline::Timeline;
