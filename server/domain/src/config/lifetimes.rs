//! Lengths of time for which things live: settings that people write as `60s`, `1h` or `30d`.

use clap::Args;

use super::values::duration;
use crate::{
    clock::{DAY, MINUTE, Millis, SECOND},
    error::{Error, Result},
};

/// The longest that a code may be made to live.
pub const CODE_LIFETIME_MAX: Millis = 10 * MINUTE;
/// The longest that an access token may be made to live.
pub const ACCESS_TOKEN_LIFETIME_MAX: Millis = DAY;

/// The settings about time, in milliseconds: whole seconds each.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Lengths of time, like 60s, 15m, 1h or 30d")]
pub struct Lifetimes {
    /// Time that a client has to exchange an authorization code; at most 10m
    #[arg(long, default_value = "60s", value_parser = duration(SECOND..=CODE_LIFETIME_MAX))]
    pub code_lifetime: Millis,
    /// Life of an access token; at most 24h
    #[arg(long, default_value = "1h", value_parser = duration(SECOND..=ACCESS_TOKEN_LIFETIME_MAX))]
    pub access_token_lifetime: Millis,
    /// Life of a refresh token that is not used
    #[arg(long, default_value = "30d", value_parser = duration(SECOND..=3_650 * DAY))]
    pub refresh_idle_lifetime: Millis,
    /// Time for which an app can refresh before the person has to authorize it again
    #[arg(long, default_value = "365d", value_parser = duration(SECOND..=3_650 * DAY))]
    pub refresh_absolute_lifetime: Millis,
    /// Time for which a refresh token that was used is answered again with the same answer; 0s for never, which ends the
    /// access of programs that refresh twice at once, such as Gemini CLI
    #[arg(long, default_value = "30s", value_parser = duration(0..=10 * MINUTE))]
    pub refresh_replay: Millis,
    /// Time that a person has to answer an authorization request; at most 10m
    #[arg(long, default_value = "10m", value_parser = duration(SECOND..=10 * MINUTE))]
    pub authorization_request_lifetime: Millis,
    /// Time for which the last good copy of a client ID document serves while it cannot be fetched; 0s for not at all
    #[arg(long, default_value = "7d", value_parser = duration(0..=30 * DAY))]
    pub client_document_stale: Millis,
    /// Time for which a person stays signed in; at most 400d, as browsers keep no cookie for longer
    #[arg(long, default_value = "30d", value_parser = duration(SECOND..=400 * DAY))]
    pub session_lifetime: Millis,
    /// Time for which events of the record are kept; 0s for ever
    #[arg(long, default_value = "400d", value_parser = duration(0..=3_650 * DAY))]
    pub audit_retention: Millis,
    /// Time for which access that was revoked stays in lists, with its count of uses; 0s for ever
    #[arg(long, default_value = "400d", value_parser = duration(0..=3_650 * DAY))]
    pub ended_access_retention: Millis,
}

impl Lifetimes {
    /// Checks those that depend on each other.
    ///
    /// # Errors
    /// [`Error::Setup`] with one clear line about the first that is too long.
    pub(super) fn check(&self) -> Result<()> {
        for (shorter, length, longer, most) in [
            (
                "--access-token-lifetime",
                self.access_token_lifetime,
                "--refresh-idle-lifetime",
                self.refresh_idle_lifetime,
            ),
            (
                "--refresh-idle-lifetime",
                self.refresh_idle_lifetime,
                "--refresh-absolute-lifetime",
                self.refresh_absolute_lifetime,
            ),
        ] {
            if length > most {
                return Err(Error::Setup(format!("{shorter} must not be longer than {longer}")));
            }
        }
        Ok(())
    }
}
