//! Numbers and times as people read them. The browser's clock and language are never asked: what the server
//! rendered and what the browser renders must agree.

use time::{Duration, OffsetDateTime};

/// A number with its thousands grouped: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A counted thing: `1 call`, `1,204 calls`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// The time between something and `now` after it, both in Unix milliseconds, in words.
pub(crate) fn ago(now: i64, then: i64) -> String {
    let past = Duration::milliseconds(now.saturating_sub(then).max(0));
    let (number, unit) = match past {
        past if past < Duration::minutes(1) => return "just now".to_owned(),
        past if past < Duration::hours(1) => (past.whole_minutes(), "minute"),
        past if past < Duration::days(1) => (past.whole_hours(), "hour"),
        past if past < Duration::days(30) => (past.whole_days(), "day"),
        past if past < Duration::days(365) => (past.whole_days() / 30, "month"),
        past => (past.whole_days() / 365, "year"),
    };
    format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
}

/// The time between `now` and something after it, both in Unix milliseconds, in words.
pub(crate) fn ahead(now: i64, then: i64) -> String {
    let left = Duration::milliseconds(then.saturating_sub(now).max(0));
    if left < Duration::hours(2) {
        format!("in {}", counted(left.whole_minutes().unsigned_abs(), "minute", "minutes"))
    } else {
        format!("in {}", counted(left.whole_hours().unsigned_abs(), "hour", "hours"))
    }
}

/// The exact time, for people: `2026-01-31 13:05:09 UTC`.
pub(crate) fn exact(at: i64) -> String {
    parts(at).map_or_else(String::new, |(date, time)| format!("{date} {time} UTC"))
}

/// The day, for people: `2026-01-31`.
pub(crate) fn day(at: i64) -> String {
    parts(at).map_or_else(String::new, |(date, _)| date)
}

/// The exact time, for programs (RFC 3339).
pub(crate) fn rfc3339(at: i64) -> String {
    parts(at).map_or_else(String::new, |(date, time)| format!("{date}T{time}Z"))
}

fn parts(at: i64) -> Option<(String, String)> {
    let at = OffsetDateTime::from_unix_timestamp(at.div_euclid(1000)).ok()?;
    Some((
        format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day()),
        format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(counted(1, "call", "calls"), "1 call");
        assert_eq!(counted(2_000, "call", "calls"), "2,000 calls");
    }

    #[test]
    fn times_are_told_in_their_largest_unit() {
        const MINUTE: i64 = 60_000;
        for (past, text) in [
            (-5, "just now"),
            (MINUTE - 1, "just now"),
            (MINUTE, "1 minute ago"),
            (59 * MINUTE, "59 minutes ago"),
            (60 * MINUTE, "1 hour ago"),
            (48 * 60 * MINUTE, "2 days ago"),
            (45 * 24 * 60 * MINUTE, "1 month ago"),
            (800 * 24 * 60 * MINUTE, "2 years ago"),
        ] {
            assert_eq!(ago(1_700_000_000_000, 1_700_000_000_000 - past), text);
        }
    }

    #[test]
    fn exact_times_are_utc() {
        assert_eq!(exact(1_709_210_096_789), "2024-02-29 12:34:56 UTC");
        assert_eq!(day(1_709_210_096_789), "2024-02-29");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(exact(i64::MAX), "");
    }
}
