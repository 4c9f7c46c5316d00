//! The log: how long a line may be, and how much may be written in a second, whoever makes the server write.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::{
    MakeWriter,
    format::Writer,
    time::{FormatTime, SystemTime},
};

use domain::{config::LogFormat, oauth::text::presentable};

/// Longest line, in bytes, with its end.
pub const LINE_MAX: usize = 8 * 1024;
/// Most bytes that are written in a second, and at once after a pause.
pub const BYTES_PER_SECOND: u64 = 1024 * 1024;
/// The time between two lines that say how many were left out.
const NOTICE_EVERY: Duration = Duration::from_secs(1);
/// Stands where something was cut off.
const CUT: &str = "…";
/// Longest text of a stranger in a line, in characters.
const BRIEF_MAX: usize = 200;

/// Shortens what a stranger sent for a line of the log: one line, nothing hidden.
pub fn brief(text: impl AsRef<[u8]>) -> String {
    presentable(&String::from_utf8_lossy(text.as_ref()), BRIEF_MAX)
}

/// Reports panics in the log, where lines have a bound; on standard error they would have none.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(reason = panic.payload_as_str().unwrap_or_default(), place, "panicked");
    }));
}

/// Writes lines no longer than [`LINE_MAX`] and no faster than [`BYTES_PER_SECOND`]. What does not fit in is counted,
/// and said once there is room. Errors and warnings have room of their own: no flood of other lines hides them.
pub struct BoundedLog<W> {
    format: LogFormat,
    /// Says if lines have escape sequences of ours.
    colours: bool,
    /// The time since any moment, never going back.
    elapsed: Box<dyn Fn() -> Duration + Send + Sync>,
    state: Mutex<State<W>>,
}

struct State<W> {
    out: W,
    /// Bytes that may be written now.
    room: u64,
    filled_at: Duration,
    left_out: u64,
    said_at: Option<Duration>,
}

impl<W> State<W> {
    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.filled_at).as_micros();
        let more = u64::try_from(passed.saturating_mul(u128::from(BYTES_PER_SECOND)) / 1_000_000);
        // Shorter times than a byte takes are not lost: they wait for more.
        if more != Ok(0) {
            self.room = self.room.saturating_add(more.unwrap_or(u64::MAX)).min(BYTES_PER_SECOND);
            self.filled_at = now;
        }
    }

    /// Takes the room for a line, or counts it as left out.
    fn take(&mut self, level: Level, length: u64) -> bool {
        let kept = match level {
            Level::ERROR => 0,
            Level::WARN => BYTES_PER_SECOND / 4,
            _ => BYTES_PER_SECOND / 2,
        };
        if self.room < kept + length {
            self.left_out += 1;
            return false;
        }
        self.room -= length;
        true
    }

    /// Number of lines that were left out, if it is time to say so.
    fn notice(&mut self, now: Duration) -> Option<u64> {
        let due = self.said_at.is_none_or(|said| now >= said + NOTICE_EVERY);
        if self.left_out == 0 || !due {
            return None;
        }
        self.said_at = Some(now);
        Some(std::mem::take(&mut self.left_out))
    }
}

impl<W: io::Write> BoundedLog<W> {
    /// Writes to `out`. `elapsed` tells the time since any moment, and never goes back.
    pub fn new(
        out: W,
        format: LogFormat,
        colours: bool,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let filled_at = elapsed();
        let state = State { out, room: BYTES_PER_SECOND, filled_at, left_out: 0, said_at: None };
        Self { format, colours, elapsed: Box::new(elapsed), state: Mutex::new(state) }
    }

    fn write(&self, level: Level, line: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let line = match self.format {
            LogFormat::Text => fit_text(text, self.colours),
            LogFormat::Json => fit_json(text),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.elapsed)();
        state.fill(now);
        if !state.take(level, line.len() as u64 + 1) {
            return Ok(());
        }
        // Written at once: standard error has no buffer, and each piece would be a call of the system.
        let mut text = state.notice(now).map_or_else(String::new, |left_out| self.notice(left_out) + "\n");
        text.push_str(&line);
        text.push('\n');
        state.out.write_all(text.as_bytes())
    }

    /// The line that says how many were left out.
    fn notice(&self, left_out: u64) -> String {
        let mut time = String::new();
        // A line without a time is better than none.
        let _ = SystemTime.format_time(&mut Writer::new(&mut time));
        let message = format!("{left_out} log lines were left out");
        match self.format {
            LogFormat::Text => format!("{time}  WARN {}: {message}", module_path!()),
            LogFormat::Json => {
                let fields = json!({ "message": message });
                json!({ "timestamp": time, "level": "WARN", "fields": fields, "target": module_path!() })
                    .to_string()
            }
        }
    }
}

/// Says if a character may end a line, or move what stands around it.
fn is_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The text on one line, cut at a character. Escape sequences stay where they are ours: values have none.
fn fit_text(text: &str, colours: bool) -> Cow<'_, str> {
    let breaks = |character: char| {
        let ours = character == '\t' || (colours && character == '\x1b');
        is_break(character) && !ours
    };
    if text.len() < LINE_MAX && !text.contains(breaks) {
        return Cow::Borrowed(text);
    }
    let mut line = String::new();
    for character in text.chars() {
        let before = line.len();
        if breaks(character) {
            let _ = write!(line, "{}", character.escape_default());
        } else {
            line.push(character);
        }
        if line.len() >= LINE_MAX - CUT.len() {
            line.truncate(before);
            line.push_str(CUT);
            break;
        }
    }
    Cow::Owned(line)
}

/// The object with its long texts cut, as far as it has to be.
fn fit_json(text: &str) -> Cow<'_, str> {
    let line = unbroken_json(text);
    if line.len() < LINE_MAX {
        return line;
    }
    let Ok(mut object) = serde_json::from_str::<Value>(text) else {
        return Cow::Owned(json!({ "level": "ERROR", "message": "a log line is not JSON" }).to_string());
    };
    let mut longest = LINE_MAX / 2;
    loop {
        shorten(&mut object, longest);
        let whole = object.to_string();
        let line = unbroken_json(&whole);
        if line.len() < LINE_MAX {
            return Cow::Owned(line.into_owned());
        }
        if longest == 0 {
            return Cow::Owned(json!({ "level": "ERROR", "message": "a log line is too long" }).to_string());
        }
        longest /= 2;
    }
}

/// The same JSON without characters that may end a line. They stand in texts only, and serde leaves some as they are.
fn unbroken_json(text: &str) -> Cow<'_, str> {
    if !text.contains(is_break) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_break(character) {
            let _ = write!(line, "\\u{:04x}", u32::from(character));
        } else {
            line.push(character);
        }
    }
    Cow::Owned(line)
}

/// Cuts every text in a value to so many bytes.
fn shorten(value: &mut Value, longest: usize) {
    match value {
        Value::String(text) if text.len() > longest => {
            text.truncate(text.floor_char_boundary(longest));
            text.push_str(CUT);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| shorten(value, longest)),
        Value::Object(fields) => fields.values_mut().for_each(|value| shorten(value, longest)),
        _ => {}
    }
}

impl<'a, W: io::Write + 'a> MakeWriter<'a> for BoundedLog<W> {
    type Writer = Line<'a, W>;

    fn make_writer(&'a self) -> Line<'a, W> {
        Line { log: self, level: Level::INFO }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Line<'a, W> {
        Line { log: self, level: *about.level() }
    }
}

/// One line of the log, which is written whole.
pub struct Line<'a, W> {
    log: &'a BoundedLog<W>,
    level: Level,
}

impl<W: io::Write> io::Write for Line<'_, W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.log.write(self.level, line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        fn lines(&self) -> Vec<String> {
            let bytes = std::mem::take(&mut *self.0.lock().unwrap());
            String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
        }
    }

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A log with a clock in milliseconds.
    fn log(format: LogFormat) -> (BoundedLog<Sink>, Sink, Arc<AtomicU64>) {
        let (sink, clock) = (Sink::default(), Arc::new(AtomicU64::new(0)));
        let time = Arc::clone(&clock);
        let elapsed = move || Duration::from_millis(time.load(Ordering::SeqCst));
        (BoundedLog::new(sink.clone(), format, false, elapsed), sink, clock)
    }

    /// Logs one line as the server does.
    fn logged(format: LogFormat, deed: impl FnOnce()) -> Vec<String> {
        let (log, sink, _) = log(format);
        let subscriber = tracing_subscriber::fmt().with_writer(log).with_ansi(false);
        match format {
            LogFormat::Text => tracing::subscriber::with_default(subscriber.finish(), deed),
            LogFormat::Json => tracing::subscriber::with_default(subscriber.json().finish(), deed),
        }
        sink.lines()
    }

    #[test]
    fn no_line_is_longer_than_8_kb_and_no_character_is_cut() {
        for character in ["x", "é", "€", "😀", "\n", "\u{1b}", "\"", "\\"] {
            let long = character.repeat(1_000_000 / character.len());
            let [text] = &logged(LogFormat::Text, || tracing::info!(%long, "a line"))[..] else { panic!() };
            assert!(text.len() < LINE_MAX && text.len() > LINE_MAX - 20, "{character:?} {}", text.len());
            assert!(text.contains("a line") && text.ends_with(CUT));
            let [json] = &logged(LogFormat::Json, || tracing::info!(%long, short = 1, "a line"))[..] else {
                panic!()
            };
            assert!(json.len() < LINE_MAX && json.len() > LINE_MAX / 8, "{character:?} {}", json.len());
            let object: Value = serde_json::from_str(json).unwrap();
            assert_eq!(
                (&object["fields"]["message"], &object["fields"]["short"]),
                (&json!("a line"), &json!(1))
            );
            assert!(object["fields"]["long"].as_str().unwrap().ends_with(CUT), "{json}");
        }
    }

    #[test]
    fn no_value_makes_lines_of_its_own() {
        let forged = "x\n2026-01-01T00:00:00Z ERROR forged\r\u{2028}\u{85}\u{1b}[2J\tend";
        for format in [LogFormat::Text, LogFormat::Json] {
            let lines = logged(format, || {
                let span = tracing::info_span!("request", id = forged);
                let _entered = span.enter();
                tracing::info!(shown = %forged, debugged = ?forged, plain = forged, "{forged}");
            });
            let [line] = &lines[..] else { panic!("{lines:?}") };
            assert!(line.contains("forged") && line.contains("end"), "{line}");
            assert!(
                !line.contains(|character: char| character.is_control() && character != '\t'),
                "{line:?}"
            );
        }
    }

    #[test]
    fn short_lines_are_written_as_they_are() {
        for (line, fits) in [("2026 INFO x: y\n", true), ("{\"a\":\"b\"}\n", true), ("a\nb\n", false)] {
            let (log, sink, _) = log(LogFormat::Text);
            io::Write::write_all(&mut log.make_writer(), line.as_bytes()).unwrap();
            assert_eq!(sink.lines() == [line.trim_end()], fits, "{line}");
        }
    }

    #[test]
    fn a_flood_leaves_room_for_errors_and_is_counted() {
        let (log, sink, clock) = log(LogFormat::Text);
        let line = "x".repeat(1_023);
        let flood = |level, times: usize| (0..times).for_each(|_| log.write(level, line.as_bytes()).unwrap());
        let written = || sink.lines().iter().filter(|text| **text == line).count();
        flood(Level::INFO, 10_000);
        assert_eq!(written(), 512, "half of the room is for what matters more");
        flood(Level::WARN, 10_000);
        assert_eq!(written(), 256);
        flood(Level::ERROR, 10_000);
        assert_eq!(written(), 256);
        // Over ten seconds, no more than the rate.
        clock.fetch_add(1_000, Ordering::SeqCst);
        let mut bytes = 0;
        let mut notices = Vec::new();
        for _ in 0..10_000 {
            flood(Level::INFO, 2);
            clock.fetch_add(1, Ordering::SeqCst);
            let lines = sink.lines();
            bytes += lines.iter().map(|line| line.len() as u64 + 1).sum::<u64>();
            notices.extend(lines.into_iter().filter(|line| line.contains("left out")));
        }
        assert!(bytes <= 11 * BYTES_PER_SECOND && bytes > 9 * BYTES_PER_SECOND, "{bytes}");
        assert!(notices[0].ends_with("WARN server::log: 19488 log lines were left out"), "{}", notices[0]);
        assert!((9..=11).contains(&notices.len()), "once a second: {}", notices.len());
    }

    #[test]
    fn the_count_is_json_where_lines_are() {
        let (log, sink, clock) = log(LogFormat::Json);
        let line = json!({ "a": "x".repeat(2_000) }).to_string();
        (0..1_000).for_each(|_| log.write(Level::INFO, line.as_bytes()).unwrap());
        clock.fetch_add(1_000, Ordering::SeqCst);
        log.write(Level::INFO, line.as_bytes()).unwrap();
        let lines = sink.lines();
        let said: Value = serde_json::from_str(&lines[lines.len() - 2]).unwrap();
        assert!(said["fields"]["message"].as_str().unwrap().ends_with("log lines were left out"), "{said}");
        assert!(said["timestamp"].is_string() && said["level"] == "WARN", "{said}");
    }

    #[test]
    fn what_strangers_sent_is_repeated_in_brief() {
        assert_eq!(brief("https://app.example"), "https://app.example");
        assert_eq!(brief([b'a', 0xFF, b'\n', b'b']), "a\u{FFFD} b");
        assert_eq!(brief("x".repeat(1_000_000)).chars().count(), BRIEF_MAX);
    }
}
