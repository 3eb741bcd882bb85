//! The first bytes of a connection: once they tell what it is, nothing that
//! follows changes it, so the pieces they come in cannot matter; and they always
//! tell within a limit.

use hopsight_net::first_bytes::{LIMIT, Sorted, classify};

pub(crate) fn run(bytes: &[u8]) {
    let whole = classify(bytes);
    let beginning = bytes.len().min(600);
    let first = (0..=beginning)
        .filter_map(|length| bytes.get(..length))
        .map(classify)
        .find(|sorted| *sorted != Sorted::NeedsMore);
    if let Some(first) = first {
        assert_eq!(whole, first);
    }
    assert!(whole != Sorted::NeedsMore || bytes.len() < LIMIT);
}
