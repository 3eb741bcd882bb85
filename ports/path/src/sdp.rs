//! Decides how session descriptions pass between the stack and the other end:
//! candidates are taken out of what arrives, so that one gate judges all of
//! them, and the end of ours is marked.

use crate::tap::Credentials;

/// Longer descriptions are not read.
pub(crate) const LONGEST: usize = 64 * 1024;

/// A description of the other end, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    /// The description without its candidates.
    pub(crate) description: String,
    /// The other end's ICE credentials.
    pub(crate) credentials: Option<Credentials>,
}

/// Takes a description of the other end apart.
pub(crate) fn read(sdp: &str) -> Remote {
    let mut description = String::with_capacity(sdp.len());
    let (mut ufrag, mut password) = (None, None);
    for line in sdp
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        if line.starts_with("a=candidate:") || line == "a=end-of-candidates" {
            continue;
        }
        if let Some(found) = line.strip_prefix("a=ice-ufrag:") {
            ufrag.get_or_insert_with(|| found.to_owned());
        }
        if let Some(found) = line.strip_prefix("a=ice-pwd:") {
            password.get_or_insert_with(|| found.to_owned());
        }
        description.push_str(line);
        description.push_str("\r\n");
    }
    let credentials = ufrag.zip(password);
    Remote {
        description,
        credentials: credentials.map(|(ufrag, password)| Credentials { ufrag, password }),
    }
}

/// Marks a description of ours: it is trickled, and complete if so.
pub(crate) fn write(description: &str, complete: bool) -> String {
    let mut written = String::with_capacity(description.len() + 64);
    let mut first_medium = true;
    for line in description.lines().filter(|line| !line.is_empty()) {
        if line.starts_with("m=") {
            if first_medium {
                written.push_str("a=ice-options:trickle\r\n");
            } else if complete {
                written.push_str("a=end-of-candidates\r\n");
            }
            first_medium = false;
        }
        if line.starts_with("a=ice-options:") {
            continue;
        }
        written.push_str(line);
        written.push_str("\r\n");
    }
    if complete && !first_medium {
        written.push_str("a=end-of-candidates\r\n");
    }
    written
}

/// The `mid` of the first media line.
pub(crate) fn first_mid(description: &str) -> Option<String> {
    description
        .lines()
        .find_map(|line| line.trim_end().strip_prefix("a=mid:"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:0\r\na=ice-ufrag:far\r\na=ice-pwd:secret\r\n\
        a=candidate:1 1 udp 1 0a.local 9 typ host\r\na=end-of-candidates\r\n";

    #[test]
    fn candidates_are_taken_out_and_credentials_found() {
        let read = read(OFFER);

        assert_eq!(
            read.credentials,
            Some(Credentials {
                ufrag: "far".to_owned(),
                password: "secret".to_owned()
            })
        );
        assert!(!read.description.contains("candidate"));
        assert_eq!(first_mid(OFFER).as_deref(), Some("0"));
    }

    #[test]
    fn every_medium_of_a_complete_description_says_so() {
        let description = "v=0\r\nm=video 9\r\na=mid:0\r\nm=application 9\r\na=mid:1\r\n";

        let written = write(description, true);

        let expected = "v=0\r\na=ice-options:trickle\r\nm=video 9\r\na=mid:0\r\n\
            a=end-of-candidates\r\nm=application 9\r\na=mid:1\r\na=end-of-candidates\r\n";
        assert_eq!(written, expected);
    }
}
