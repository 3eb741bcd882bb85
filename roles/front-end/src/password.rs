//! Decides whether a password is right: argon2id, off the async threads, a
//! bounded number at a time, and as slow for a name that does not exist.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use hopsight_kit::{Random, Redacted};
use tokio::sync::Semaphore;

/// At most so many passwords are hashed at once; each takes 19 MiB.
const AT_ONCE: usize = 2;

/// Checks and hashes passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    places: Semaphore,
    /// Checked in place of the password of somebody who does not exist.
    nobodys: Redacted<String>,
}

impl Passwords {
    pub(crate) fn new(random: &mut dyn Random) -> Self {
        let mut nobody = [0; 16];
        random.fill(&mut nobody);
        let nobodys = hash_now(&Redacted::new(format!("{nobody:?}")), random);
        Self {
            places: Semaphore::new(AT_ONCE),
            nobodys: nobodys.unwrap_or_default(),
        }
    }

    /// Whether `password` is the one that `stored` was made of.
    pub(crate) async fn is_right(
        &self,
        stored: Option<Redacted<String>>,
        password: Redacted<String>,
    ) -> bool {
        let Ok(_place) = self.places.acquire().await else {
            return false;
        };
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobodys.clone());
        let right = tokio::task::spawn_blocking(move || check_now(&stored, &password)).await;
        exists && right.unwrap_or(false)
    }

    /// The text to keep for `password`.
    pub(crate) async fn hash(
        &self,
        password: Redacted<String>,
        mut random: impl Random + Send + 'static,
    ) -> Option<Redacted<String>> {
        let _place = self.places.acquire().await.ok()?;
        tokio::task::spawn_blocking(move || hash_now(&password, &mut random))
            .await
            .ok()
            .flatten()
    }
}

fn check_now(stored: &Redacted<String>, password: &Redacted<String>) -> bool {
    PasswordHash::new(stored.reveal()).is_ok_and(|stored| {
        Argon2::default()
            .verify_password(password.reveal().as_bytes(), &stored)
            .is_ok()
    })
}

fn hash_now(password: &Redacted<String>, random: &mut dyn Random) -> Option<Redacted<String>> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let salt = SaltString::encode_b64(&salt).ok()?;
    let hash = Argon2::default()
        .hash_password(password.reveal().as_bytes(), &salt)
        .ok()?;
    Some(Redacted::new(hash.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SeededRandom;

    #[tokio::test]
    async fn a_password_opens_only_what_was_made_of_it() {
        let passwords = Passwords::new(&mut SeededRandom::new(1));
        let stored = passwords
            .hash(Redacted::new("correct horse".into()), SeededRandom::new(2))
            .await;

        assert!(
            passwords
                .is_right(stored.clone(), "correct horse".to_owned().into())
                .await
        );
        assert!(
            !passwords
                .is_right(stored, "battery staple".to_owned().into())
                .await
        );
        assert!(
            !passwords
                .is_right(None, "correct horse".to_owned().into())
                .await
        );
    }
}
