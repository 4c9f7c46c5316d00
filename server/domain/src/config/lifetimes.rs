//! How long things live: settings that people write as `60s`, `1h` or `30d`.

use std::ops::RangeInclusive;

use clap::Args;

use crate::{
    clock::{DAY, MINUTE, Millis, SECOND},
    error::{Error, Result},
};

/// The longest that a code may be made to live.
pub const CODE_LIFETIME_MAX: Millis = 10 * MINUTE;
/// The longest that an access token may be made to live.
pub const ACCESS_TOKEN_LIFETIME_MAX: Millis = DAY;

/// The settings about time, as they are given.
#[derive(Args, Clone, Debug)]
pub struct LifetimeOptions {
    /// How long a client has to exchange an authorization code; at most 10m
    #[arg(long, env = "GATEPASS_CODE_LIFETIME", default_value = "60s", allow_hyphen_values = true)]
    pub code_lifetime: String,
    /// How long an access token lives; at most 24h
    #[arg(long, env = "GATEPASS_ACCESS_TOKEN_LIFETIME", default_value = "1h", allow_hyphen_values = true)]
    pub access_token_lifetime: String,
    /// How long a refresh token lives that is not used
    #[arg(long, env = "GATEPASS_REFRESH_IDLE_LIFETIME", default_value = "30d", allow_hyphen_values = true)]
    pub refresh_idle_lifetime: String,
    /// How long an app can refresh before the person has to authorize it again
    #[arg(
        long,
        env = "GATEPASS_REFRESH_ABSOLUTE_LIFETIME",
        default_value = "365d",
        allow_hyphen_values = true
    )]
    pub refresh_absolute_lifetime: String,
    /// How long a refresh token that was used is answered again with the same answer; 0s for never, which ends the access of programs that refresh twice at once, such as Gemini CLI
    #[arg(long, env = "GATEPASS_REFRESH_REPLAY", default_value = "30s", allow_hyphen_values = true)]
    pub refresh_replay: String,
    /// How long a person has to answer an authorization request; at most 10m
    #[arg(
        long,
        env = "GATEPASS_AUTHORIZATION_REQUEST_LIFETIME",
        default_value = "10m",
        allow_hyphen_values = true
    )]
    pub authorization_request_lifetime: String,
    /// How long the last good copy of a client ID document serves while it cannot be fetched; 0s for not at all
    #[arg(long, env = "GATEPASS_CLIENT_DOCUMENT_STALE", default_value = "7d", allow_hyphen_values = true)]
    pub client_document_stale: String,
    /// How long a person stays signed in
    #[arg(long, env = "GATEPASS_SESSION_LIFETIME", default_value = "30d", allow_hyphen_values = true)]
    pub session_lifetime: String,
}

/// How long things live, in milliseconds: whole seconds each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An authorization code.
    pub code: Millis,
    /// An access token.
    pub access_token: Millis,
    /// A refresh token that is not used.
    pub refresh_idle: Millis,
    /// A family of refresh tokens.
    pub refresh_absolute: Millis,
    /// The answer of a refresh, which is given again; 0 for never.
    pub refresh_replay: Millis,
    /// An authorization request that waits for a person's answer.
    pub authorization_request: Millis,
    /// The last good copy of a client ID document that cannot be fetched, from when it was fetched; 0 for not at all.
    pub client_document_stale: Millis,
    /// A sign-in.
    pub session: Millis,
}

impl Lifetimes {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setup`] with one clear line about the first that cannot be.
    pub(super) fn check(options: &LifetimeOptions) -> Result<Self> {
        let lifetimes = Self {
            code: lifetime("--code-lifetime", &options.code_lifetime, SECOND..=CODE_LIFETIME_MAX)?,
            access_token: lifetime(
                "--access-token-lifetime",
                &options.access_token_lifetime,
                SECOND..=ACCESS_TOKEN_LIFETIME_MAX,
            )?,
            refresh_idle: lifetime(
                "--refresh-idle-lifetime",
                &options.refresh_idle_lifetime,
                SECOND..=3_650 * DAY,
            )?,
            refresh_absolute: lifetime(
                "--refresh-absolute-lifetime",
                &options.refresh_absolute_lifetime,
                SECOND..=3_650 * DAY,
            )?,
            refresh_replay: lifetime("--refresh-replay", &options.refresh_replay, 0..=10 * MINUTE)?,
            authorization_request: lifetime(
                "--authorization-request-lifetime",
                &options.authorization_request_lifetime,
                SECOND..=10 * MINUTE,
            )?,
            client_document_stale: lifetime(
                "--client-document-stale",
                &options.client_document_stale,
                0..=30 * DAY,
            )?,
            // Browsers keep no cookie for longer than 400 days.
            session: lifetime("--session-lifetime", &options.session_lifetime, SECOND..=400 * DAY)?,
        };
        for (shorter, longer, fits) in [
            (
                "--access-token-lifetime",
                "--refresh-idle-lifetime",
                lifetimes.access_token <= lifetimes.refresh_idle,
            ),
            (
                "--refresh-idle-lifetime",
                "--refresh-absolute-lifetime",
                lifetimes.refresh_idle <= lifetimes.refresh_absolute,
            ),
        ] {
            if !fits {
                return Err(Error::Setup(format!("{shorter} must not be longer than {longer}")));
            }
        }
        Ok(lifetimes)
    }
}

fn lifetime(flag: &str, text: &str, within: RangeInclusive<Millis>) -> Result<Millis> {
    let parsed = humantime::parse_duration(text.trim()).map_err(|_| {
        Error::Setup(format!("{flag} {text} is no length of time; write it like 60s, 15m, 1h or 30d"))
    })?;
    // Tokens and cookies count in seconds.
    let millis = i64::try_from(parsed.as_secs()).unwrap_or(i64::MAX).saturating_mul(SECOND);
    if parsed.subsec_nanos() == 0 && within.contains(&millis) {
        return Ok(millis);
    }
    let (least, most) = (written(*within.start()), written(*within.end()));
    Err(Error::Setup(format!("{flag} {text} must be whole seconds from {least} to {most}")))
}

/// A length of time as a person would write it.
fn written(millis: Millis) -> String {
    let units = [(DAY, "d"), (MINUTE, "m"), (SECOND, "s")];
    let (length, unit) = units
        .into_iter()
        .find(|(length, _)| millis >= *length && millis % length == 0)
        .unwrap_or((SECOND, "s"));
    format!("{}{unit}", millis / length)
}
