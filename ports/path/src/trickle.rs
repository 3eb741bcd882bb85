//! Decides how trickled candidates are read and written: the SDP fragment of
//! RFC 8840, section 9.

use crate::tap::Credentials;

/// More text than this is no list of candidates.
const MOST_BYTES: usize = 64 * 1024;

/// What a fragment tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The other end's user name fragment, if the body tells it.
    pub ufrag: Option<String>,
    /// Candidate attributes without `a=`.
    pub candidates: Vec<String>,
}

/// Reads a fragment, or the candidates of a whole SDP. Lines that are not
/// understood belong to somebody else and are passed over.
#[must_use]
pub fn read(body: &str) -> Fragment {
    let mut fragment = Fragment::default();
    if body.len() > MOST_BYTES {
        return fragment;
    }
    for line in body.lines().map(str::trim) {
        let line = line.strip_prefix("a=").unwrap_or(line);
        if line.starts_with("candidate:") {
            fragment.candidates.push(line.to_owned());
        } else if let Some(ufrag) = line.strip_prefix("ice-ufrag:") {
            fragment.ufrag.get_or_insert_with(|| ufrag.to_owned());
        }
    }
    fragment
}

/// Writes a fragment for the first media line, which all others are bundled with.
pub(crate) fn write(
    local: &Credentials,
    mid: Option<&str>,
    candidates: &[String],
    complete: bool,
) -> String {
    let mut body = format!(
        "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\n",
        local.ufrag, local.password
    );
    if let Some(mid) = mid {
        body.push_str(&format!("a=mid:{mid}\r\n"));
    }
    for candidate in candidates {
        body.push_str(&format!("a={candidate}\r\n"));
    }
    if complete {
        body.push_str("a=end-of-candidates\r\n");
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "candidate:1 1 udp 33562623 192.0.2.1 50000 typ relay raddr 0.0.0.0 rport 0";

    #[test]
    fn what_is_written_is_read_again() {
        let local = Credentials {
            ufrag: "near".to_owned(),
            password: "secret-secret-secret-secret".to_owned(),
        };

        let body = write(&local, Some("0"), &[ONE.to_owned()], true);

        let expected = Fragment {
            ufrag: Some("near".to_owned()),
            candidates: vec![ONE.to_owned()],
        };
        assert_eq!(read(&body), expected);
    }

    #[test]
    fn bare_line_feeds_and_lines_without_a_prefix_are_understood() {
        let body = format!("m=video 9 UDP/TLS/RTP/SAVPF 0\na=mid:0\n{ONE}\na=end-of-candidates\n");

        assert_eq!(read(&body).candidates, [ONE]);
    }

    #[test]
    fn a_flood_is_not_read() {
        let body = format!("a={ONE}\r\n").repeat(2000);

        assert_eq!(read(&body), Fragment::default());
    }
}
