//! Decides by its first bytes what a connection without ALPN carries. Pure:
//! bytes in, an answer out.

/// The protocol that bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP/1.1.
    Http,
    /// SIP.
    Sip,
    /// STUN and TURN.
    Stun,
}

/// What bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// They begin this protocol.
    Is(Kind),
    /// They may still become the first line of one.
    NeedsMore,
    /// They begin none, whatever follows.
    Unknown,
}

/// The first line must end within so many bytes.
pub const LIMIT: usize = 8 * 1024;

/// Sorts a beginning. A STUN message begins with two zero bits and a small
/// type (RFC 8489, section 5); ChannelData cannot come first, because it needs
/// an allocation. Everything else is told by the version at either end of its
/// first line, after any line ends that came before (RFC 3261, section 7.5).
#[must_use]
pub fn classify(bytes: &[u8]) -> Sorted {
    if let [0x00 | 0x01, ..] = bytes {
        return Sorted::Is(Kind::Stun);
    }
    let line_ends = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let rest = bytes.get(line_ends..).unwrap_or_default();
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
        return unfinished(rest, bytes.len());
    };
    let line = rest.get(..end).unwrap_or_default();
    if !may_begin(line, line_ends + end) {
        return Sorted::Unknown;
    }
    by_version(line.strip_suffix(b"\r").unwrap_or(line))
}

fn unfinished(line: &[u8], length: usize) -> Sorted {
    if may_begin(line, length) {
        return Sorted::NeedsMore;
    }
    Sorted::Unknown
}

/// Whether these first `length` bytes, the last of them those of `line`, may be
/// the beginning of a protocol. Asked of a whole line as of half a one, so that it
/// does not matter in which pieces the bytes come.
fn may_begin(line: &[u8], length: usize) -> bool {
    let is_text = line
        .iter()
        .all(|byte| (0x20..0x7f).contains(byte) || *byte == b'\r' || *byte >= 0x80);
    let begins_as_text = line.first().is_none_or(|byte| byte.is_ascii_alphabetic());
    is_text && begins_as_text && length < LIMIT
}

fn by_version(line: &[u8]) -> Sorted {
    let last = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let first = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    if [first, last].iter().any(|token| is_version(token, b"SIP/")) {
        return Sorted::Is(Kind::Sip);
    }
    if is_version(last, b"HTTP/") {
        return Sorted::Is(Kind::Http);
    }
    Sorted::Unknown
}

fn is_version(token: &[u8], name: &[u8]) -> bool {
    token
        .get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_sorted() {
        let table: [(&[u8], Sorted); 18] = [
            (b"", Sorted::NeedsMore),
            (&[0x00], Sorted::Is(Kind::Stun)),
            (&[0x01, 0x01], Sorted::Is(Kind::Stun)),
            (b"GET / HTTP/1.1\r\n", Sorted::Is(Kind::Http)),
            (b"GET /s/x HTTP/1.0\n", Sorted::Is(Kind::Http)),
            (b"OPTIONS sip:a@b SIP/2.0\r\nVia: x", Sorted::Is(Kind::Sip)),
            (b"OPTIONS * HTTP/1.1\r\n", Sorted::Is(Kind::Http)),
            (b"SIP/2.0 200 OK\r\n", Sorted::Is(Kind::Sip)),
            (b"\r\n\r\nREGISTER sip:b sip/2.0\r\n", Sorted::Is(Kind::Sip)),
            (b"\r\n\r\n", Sorted::NeedsMore),
            (b"OPTIONS sip:a@b SIP/2.0", Sorted::NeedsMore),
            (b"OPTIONS sip:a@b SIP/2.0\r", Sorted::NeedsMore),
            (b"OPTIONS sip:\xc5\x81@b", Sorted::NeedsMore),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Sorted::Unknown),
            (b"GET /\r\n", Sorted::Unknown),
            (&[0x16, 0x03], Sorted::Unknown),
            (&[b'A', 0x00], Sorted::Unknown),
            (b"<policy-file-request/>", Sorted::Unknown),
        ];
        for (bytes, expected) in table {
            assert_eq!(classify(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_pieces_that_a_line_comes_in_do_not_matter() {
        let long = [b"GET /", &vec![b'a'; LIMIT][..], b" HTTP/1.1\n"].concat();
        for line in [&b"GET \x01 HTTP/1.1\n"[..], b"7 SIP/2.0 HTTP/1.1\n", &long] {
            let first = (0..line.len()).find_map(|end| match classify(&line[..end]) {
                Sorted::NeedsMore => None,
                decided @ (Sorted::Is(_) | Sorted::Unknown) => Some(decided),
            });

            assert_eq!(
                (first, classify(line)),
                (Some(Sorted::Unknown), Sorted::Unknown)
            );
        }
    }

    #[test]
    fn a_first_line_without_an_end_is_unknown_at_8_kib() {
        let line = vec![b'A'; LIMIT];

        assert_eq!(classify(&line[1..]), Sorted::NeedsMore);
        assert_eq!(classify(&line), Sorted::Unknown);
        let line_ends = vec![b'\n'; LIMIT];
        assert_eq!(classify(&line_ends), Sorted::Unknown);
    }
}
