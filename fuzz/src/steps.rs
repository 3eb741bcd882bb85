//! Decides how bytes become the steps of a story, for targets that drive a state
//! machine: every input is some story, and a longer one goes on where it ended.

/// What is left of an input.
pub(crate) struct Steps<'a>(&'a [u8]);

impl<'a> Steps<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte, if there is one.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next byte as one of so many choices; the first when there is none.
    pub(crate) fn choice(&mut self, of: usize) -> usize {
        usize::from(self.next().unwrap_or(0)) % of
    }

    /// A piece of a length that stands in front of it, or what is left.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.next().unwrap_or(0));
        let (piece, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        piece
    }

    /// Everything up to a line of one dot, or what is left.
    pub(crate) fn text(&mut self) -> &'a [u8] {
        const END: &[u8] = b"\r\n.\r\n";
        let found = self.0.windows(END.len()).position(|window| window == END);
        let end = found.unwrap_or(self.0.len());
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.get(END.len()..).unwrap_or_default();
        text
    }
}
