//! Decides where chance comes from: the operating system.

use hopsight_kit::Random;

/// The entropy of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entropy;

impl Random for Entropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            tracing::error!(%error, "the operating system gave no entropy; stopping, because secrets could be guessed");
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let (mut one, mut two) = ([0; 32], [0; 32]);
        Entropy.fill(&mut one);
        Entropy.fill(&mut two);

        assert_ne!(one, two);
    }
}
