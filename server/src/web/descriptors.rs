//! The limit of files and connections that the process has open at once.

/// Most descriptors that are of use.
#[cfg(unix)]
const WANTED: u64 = 65_536;

/// Raises the soft limit of descriptors to what the process may have, and gives it.
#[cfg(unix)]
pub fn raise() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(WANTED);
    let wanted = limit.maximum.unwrap_or(WANTED).min(WANTED);
    if current >= wanted {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => wanted,
        Err(_) => current,
    }
}

/// Gives what other systems are sure to let a process have.
#[cfg(not(unix))]
pub const fn raise() -> u64 {
    1_024
}
