//! Decides who stands behind a flow, and what the front end tells about
//! accounts and shares when the server asks.

use hopsight_kit::Redacted;

/// Somebody whom the server knows for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's name, for example `alice` or `guest.4f2k`.
    pub name: String,
    /// The address-of-record, for example `sip:alice@hopsight.internal`.
    pub uri: String,
    /// The name that others are shown.
    pub display_name: String,
    /// Person or guest.
    pub kind: IdentityKind,
}

/// Who stands behind an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentityKind {
    /// Somebody who opened a share link without an account of their own.
    Guest,
    /// Somebody with an account.
    Person,
}

impl Identity {
    /// The value of `P-Asserted-Identity` (RFC 3325, section 9.1).
    #[must_use]
    pub fn asserted(&self) -> String {
        let shown: String = self
            .display_name
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        let quoted = shown.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{quoted}\" <{}>", self.uri)
    }
}

/// What the front end knows about an account name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who it is.
    pub identity: Identity,
    /// One digest key for each device of the account: SHA-256 over
    /// `name:realm:secret` in hexadecimal (RFC 7616, section 3.4.2).
    pub ha1_sha256: Vec<Redacted<String>>,
    /// The same with MD5, for devices that know nothing else. An account that has any
    /// is asked for MD5, unless the client says that it knows SHA-256.
    pub ha1_md5: Vec<Redacted<String>>,
    /// Whether the account may sign in.
    pub enabled: bool,
}

/// What the front end knows about a share link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose desktop it is; only they may register the share's URI.
    pub owner: Identity,
    /// Whether the link still opens anything.
    pub state: ShareState,
}

/// Whether a share link opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShareState {
    /// Its time is over, or its owner took it back.
    Gone,
    /// It opens the share.
    Open,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_cannot_leave_its_quotation_marks() {
        let identity = Identity {
            name: "mallory".into(),
            uri: "sip:mallory@hopsight.internal".into(),
            display_name: "Alice\" <sip:alice@hopsight.internal>\r\nX: \\".into(),
            kind: IdentityKind::Person,
        };

        assert_eq!(
            identity.asserted(),
            r#""Alice\" <sip:alice@hopsight.internal>X: \\" <sip:mallory@hopsight.internal>"#
        );
    }
}
