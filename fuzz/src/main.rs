//! The program that libFuzzer drives: runs the one target that the environment
//! names. Which targets there are and what each promises is left to the library;
//! how long to run and where to keep what was found, to `cargo xtask fuzz`.

#![no_main]
#![allow(
    unsafe_code,
    missing_docs,
    reason = "libFuzzer's entry points are C functions, and a macro writes them"
)]

use hopsight_fuzz::{TARGETS, Target};
use std::sync::OnceLock;

static CHOSEN: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("HOPSIGHT_FUZZ_TARGET").unwrap_or_default();
        let found = TARGETS.iter().find(|(known, _)| *known == name);
        let (_, target) = found.expect("HOPSIGHT_FUZZ_TARGET names no target");
        CHOSEN.get_or_init(|| *target);
    },
    |bytes: &[u8]| {
        if let Some(target) = CHOSEN.get() {
            target(bytes);
        }
    }
);
