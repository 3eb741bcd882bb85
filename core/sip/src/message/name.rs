//! Decides which spellings name the same header: case does not count, and one
//! letter stands for a long name (RFC 3261 section 7.3.3 and the registry of
//! its successors).

/// True when `found` in a message is the header that `wanted` asks for.
pub(crate) fn is_same(wanted: &str, found: &[u8]) -> bool {
    let found = match found {
        [letter] => long_form(*letter).map_or(found, str::as_bytes),
        _ => found,
    };
    let wanted = match wanted.as_bytes() {
        [letter] => long_form(*letter).map_or(wanted.as_bytes(), str::as_bytes),
        long => long,
    };
    wanted.eq_ignore_ascii_case(found)
}

/// True for headers whose value may hold a comma that separates nothing.
pub(crate) fn is_single(name: &str) -> bool {
    SINGLE.iter().any(|single| is_same(single, name.as_bytes()))
}

const SINGLE: [&str; 17] = [
    "Authorization",
    "Authentication-Info",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "WWW-Authenticate",
    "Call-ID",
    "Content-Type",
    "CSeq",
    "Date",
    "From",
    "Organization",
    "Retry-After",
    "Server",
    "Subject",
    "Timestamp",
    "To",
    "User-Agent",
];

const fn long_form(letter: u8) -> Option<&'static str> {
    Some(match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'j' => "Reject-Contact",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'n' => "Identity-Info",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_and_its_long_name_are_one_header() {
        assert!(is_same("via", b"V"));
        assert!(is_same("l", b"content-LENGTH"));
        assert!(!is_same("Via", b"m"));
        assert!(is_single("f"));
    }
}
