//! The values of settings, as people write them. Each parser says what a value must be; whoever calls it knows for which
//! setting.

use std::{ffi::OsStr, net::IpAddr, ops::RangeInclusive, str::FromStr};

use clap::{
    Arg, Command,
    builder::{TypedValueParser, ValueParserFactory},
};
use ipnet::IpNet;
use lettre::message::Mailbox;
use url::{Host, Url};

use crate::{
    clock::{DAY, HOUR, MINUTE, Millis, SECOND},
    fetch::OutboundProxy,
    mail::SmtpServer,
};

/// The windows that a limit may have: it counts in memory, from zero after a restart.
const WINDOW: RangeInclusive<Millis> = SECOND..=DAY;

/// A number of times that something may be tried in a window of time, written like `120/1m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many times, at least once …
    pub times: u32,
    /// … in so many milliseconds.
    pub within: Millis,
}

/// The reason why a value cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Something that is no length of time.
    #[error("must be a length of time such as 60s, 15m, 1h or 30d")]
    NoLength,
    /// A length of time that is too short, too long or too fine.
    #[error("must be whole seconds from {} to {}", written(*.least), written(*.most))]
    Length {
        /// The shortest that may be.
        least: Millis,
        /// The longest that may be.
        most: Millis,
    },
    /// A limit without its window.
    #[error("must be a limit such as 120/1m, which is 120 times in a minute")]
    NoWindow,
    /// A limit with a window that cannot be.
    #[error("its window {0}")]
    Window(Box<ValueError>),
    /// A limit that begins with something else than a number, or with one that is too small or too big.
    #[error("must be a limit such as 120/1m, with a whole number from 1 to {} before the window", u32::MAX)]
    Times,
    /// Something that is no origin.
    #[error("must be an origin such as https://app.example")]
    Origin,
    /// Something that is neither an address nor a network.
    #[error("must be an address or a network such as 10.0.0.0/8")]
    Network,
    /// Something that is no host.
    #[error("must be a host such as app.example, or *.app.example, in lower case")]
    Host,
    /// Something that is no proxy.
    #[error("must be like http://proxy.example:3128, or http://user:password@proxy.example:3128")]
    Proxy,
    /// Something that is no mail server.
    #[error("must be like smtps://user:password@mail.example or smtp://mail.example:587?tls=required")]
    Smtp,
    /// Something that is no e-mail address.
    #[error("must be an e-mail address such as gatepass@example.com, or Gatepass <gatepass@example.com>")]
    Mailbox,
}

/// Reads lengths of time within bounds, such as `60s`, `15m`, `1h 30m` or `30d`: whole seconds, as tokens and cookies
/// count.
pub(super) fn duration(
    within: RangeInclusive<Millis>,
) -> impl Fn(&str) -> Result<Millis, ValueError> + Clone + Send + Sync + 'static {
    move |text| {
        let parsed = humantime::parse_duration(text.trim()).map_err(|_| ValueError::NoLength)?;
        let millis = i64::try_from(parsed.as_secs()).unwrap_or(i64::MAX).saturating_mul(SECOND);
        if parsed.subsec_nanos() == 0 && within.contains(&millis) {
            return Ok(millis);
        }
        Err(ValueError::Length { least: *within.start(), most: *within.end() })
    }
}

/// A length of time as a person would write it.
fn written(millis: Millis) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let (length, unit) = units
        .into_iter()
        .find(|(length, _)| millis >= *length && millis % length == 0)
        .unwrap_or((SECOND, "s"));
    format!("{}{unit}", millis / length)
}

impl Limit {
    fn new(times: &str, within: Millis) -> Result<Self, ValueError> {
        let times = times.trim().parse().ok().filter(|&times| times > 0).ok_or(ValueError::Times)?;
        Ok(Self { times, within })
    }
}

impl FromStr for Limit {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (times, window) = text.split_once('/').ok_or(ValueError::NoWindow)?;
        let within = duration(WINDOW)(window).map_err(|error| ValueError::Window(Box::new(error)))?;
        Self::new(times, within)
    }
}

/// Reads limits. A number alone keeps the window of the setting's default.
#[derive(Clone, Copy, Debug)]
pub struct LimitParser;

impl ValueParserFactory for Limit {
    type Parser = LimitParser;

    fn value_parser() -> LimitParser {
        LimitParser
    }
}

impl TypedValueParser for LimitParser {
    type Value = Limit;

    fn parse_ref(
        &self,
        command: &Command,
        setting: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Limit, clap::Error> {
        let default = setting.and_then(|setting| setting.get_default_values().first());
        let default: Option<Limit> = default.and_then(|text| text.to_str()?.parse().ok());
        let parse = move |text: &str| match default {
            Some(default) if !text.contains('/') => Limit::new(text, default.within),
            _ => text.parse(),
        };
        parse.parse_ref(command, setting, value)
    }
}

/// Reads an origin of browser apps.
pub(super) fn origin(text: &str) -> Result<String, ValueError> {
    let parsed = Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
    parsed.filter(|origin| origin == text).ok_or(ValueError::Origin)
}

/// Reads an address or a network.
pub(super) fn network(text: &str) -> Result<IpNet, ValueError> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| ValueError::Network)
}

/// Reads a host, or `*.` and a host for all names under it.
pub(super) fn host(text: &str) -> Result<String, ValueError> {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    let plain = bare.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    if plain && Host::parse(bare).is_ok_and(|host| host.to_string() == bare) {
        return Ok(text.to_owned());
    }
    Err(ValueError::Host)
}

/// Reads the address of a server that sends mail.
pub(super) fn smtp(text: &str) -> Result<SmtpServer, ValueError> {
    SmtpServer::parse(text).ok_or(ValueError::Smtp)
}

/// Reads the address that mail comes from.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, ValueError> {
    text.parse().map_err(|_| ValueError::Mailbox)
}

/// Reads the address of a proxy.
pub(super) fn proxy(text: &str) -> Result<OutboundProxy, ValueError> {
    OutboundProxy::parse(text).ok_or(ValueError::Proxy)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn lengths_of_time_are_written_as_people_write_them() {
        let read = duration(0..=365 * DAY);
        for (text, length) in [
            ("0s", 0),
            ("60s", MINUTE),
            (" 15m ", 15 * MINUTE),
            ("24h", DAY),
            ("1d", DAY),
            ("86400s", DAY),
            ("1h 30m", 90 * MINUTE),
            ("1h30m", 90 * MINUTE),
            ("365d", 365 * DAY),
        ] {
            assert_eq!(read(text), Ok(length), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        let read = duration(SECOND..=DAY);
        for text in ["", " ", "60", "-60s", "soon", "1x", "s", "1h-", "１s", "99999999999999999999d"] {
            assert_eq!(read(text), Err(ValueError::NoLength), "{text}");
        }
    }

    #[test]
    fn lengths_of_time_out_of_bounds_are_refused_with_the_bounds() {
        let read = duration(SECOND..=10 * MINUTE);
        for text in ["0", "0s", "500ms", "1500ms", "1s 1ns", "601s", "11m", "18446744073709551615s"] {
            assert_eq!(read(text), Err(ValueError::Length { least: SECOND, most: 10 * MINUTE }), "{text}");
        }
        assert_eq!(read("11m").unwrap_err().to_string(), "must be whole seconds from 1s to 10m");
        let error = duration(0..=25 * HOUR)("2d").unwrap_err().to_string();
        assert_eq!(error, "must be whole seconds from 0s to 25h");
    }

    #[test]
    fn limits_are_times_and_a_window() {
        for (text, times, within) in [
            ("120/1m", 120, MINUTE),
            ("1/1s", 1, SECOND),
            (" 20 / 1h ", 20, HOUR),
            ("4294967295/1d", u32::MAX, DAY),
            ("10/1m 30s", 10, 90 * SECOND),
        ] {
            assert_eq!(text.parse(), Ok(Limit { times, within }), "{text}");
        }
    }

    #[test]
    fn what_is_no_limit_is_refused_for_its_reason() {
        let parse = |text: &str| text.parse::<Limit>();
        for text in ["", "120", "lots", "1m", "120 per 1m"] {
            assert_eq!(parse(text), Err(ValueError::NoWindow), "{text}");
        }
        for text in ["0/1m", "-1/1m", "/1m", "1.5/1m", "4294967296/1m", "99999999999999999999/1m", "x/1m"] {
            assert_eq!(parse(text), Err(ValueError::Times), "{text}");
        }
        for text in ["120/", "120/0s", "120/25h", "120/-1m", "120/1", "120/1m/1m", "120/500ms"] {
            assert!(matches!(parse(text), Err(ValueError::Window(_))), "{text}");
        }
        let error = parse("120/25h").unwrap_err().to_string();
        assert_eq!(error, "its window must be whole seconds from 1s to 1d");
    }

    #[test]
    fn a_number_alone_keeps_the_window_of_the_default() {
        #[derive(Parser)]
        struct Line {
            #[arg(long, default_value = "20/1h")]
            limit: Limit,
        }
        let parse = |text: &str| Line::try_parse_from(["gatepass", "--limit", text]).map(|line| line.limit);
        assert_eq!(parse("7").unwrap(), Limit { times: 7, within: HOUR });
        assert_eq!(parse("7/1m").unwrap(), Limit { times: 7, within: MINUTE });
        for text in ["", "0", "lots", "4294967296"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("--limit") && error.contains("such as 120/1m"), "{text}: {error}");
        }
    }
}
