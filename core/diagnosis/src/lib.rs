//! Facts in, verdict out: which side, which hop, which rule.
