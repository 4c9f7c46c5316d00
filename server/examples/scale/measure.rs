//! The time that something takes.

use std::fmt;

use rustix::time::{ClockId, clock_gettime};

/// What one of many repetitions took, in milliseconds.
pub enum Cost {
    /// It was done.
    Done {
        /// CPU time of this process, all its threads together.
        cpu: f64,
        /// By the clock.
        wall: f64,
    },
    /// It was refused.
    Refused(String),
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { cpu, wall } => write!(f, "{cpu:.3} ({wall:.3})"),
            Self::Refused(why) => write!(f, "refused: {why}"),
        }
    }
}

/// The time that a clock shows, in milliseconds.
fn time(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Does something so often, each time with its number.
pub async fn measure<E: fmt::Display>(
    times: usize,
    mut work: impl AsyncFnMut(usize) -> Result<(), E>,
) -> Cost {
    let now = || (time(ClockId::ProcessCPUTime), time(ClockId::Monotonic));
    let before = now();
    for number in 0..times {
        if let Err(error) = work(number).await {
            return Cost::Refused(error.to_string());
        }
    }
    let after = now();
    let each = |milliseconds: f64| milliseconds / times.max(1) as f64;
    Cost::Done { cpu: each(after.0 - before.0), wall: each(after.1 - before.1) }
}
