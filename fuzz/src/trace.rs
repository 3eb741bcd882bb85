//! Traces that others wrote: reading gives messages and remarks in order, twice
//! the same, and never stops.

use hopsight_trace::read;

pub(crate) fn run(bytes: &[u8]) {
    let trace = read(bytes);
    assert!(trace.remarks.is_sorted_by_key(|remark| remark.place));
    assert_eq!(
        trace.value.format.is_some(),
        !trace.value.messages.is_empty()
    );
    assert_eq!(read(bytes), trace);
}
