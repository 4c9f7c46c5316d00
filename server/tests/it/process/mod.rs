//! The running binary: its start and command line, signals, connections, crashes and logs.

#[cfg(unix)]
pub mod closed_network;
pub mod command_line;
#[cfg(target_os = "linux")]
pub mod connections;
#[cfg(unix)]
pub mod crashes;
pub mod logs;
pub mod serve;
