//! Counts happenings by a name of this program: what the SIP server drops and
//! refuses, which verdicts were told. Who reads it is left to the program.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was counted since the start; clones are handles on the same counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    counted: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Counts {
    pub(crate) fn count(&self, name: &'static str) {
        *self.lock().entry(name).or_default() += 1;
    }

    pub(crate) fn all(&self) -> BTreeMap<&'static str, u64> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
