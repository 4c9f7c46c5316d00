//! The log, as tests read it.

use std::{cell::RefCell, io, sync::Once};

use tracing_subscriber::{Layer, filter::dynamic_filter_fn, fmt, layer::SubscriberExt};

thread_local! {
    /// Lines that this thread has logged since it began to listen.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.as_mut().map(|logged| logged.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that this thread logs while `work` runs.
///
/// One subscriber for all threads: with one of its own for each, a place that logs for the first time in a thread
/// without any would count as switched off everywhere.
pub async fn log_of(work: impl Future<Output = ()>) -> String {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let listening = dynamic_filter_fn(|_, _| LOGGED.with_borrow(Option::is_some));
        let layer = fmt::layer().with_ansi(false).with_writer(|| ThisThread).with_filter(listening);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
    });
    LOGGED.set(Some(Vec::new()));
    work.await;
    let text = String::from_utf8(LOGGED.take().unwrap_or_default()).unwrap();
    assert!(text.contains("finished processing request"), "nothing was captured: {text}");
    text
}
