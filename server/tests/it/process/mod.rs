//! The running binary: its start and command line, signals, connections, crashes and logs.

#[cfg(unix)]
mod closed_network;
mod command_line;
mod config;
#[cfg(target_os = "linux")]
mod connections;
#[cfg(unix)]
mod crashes;
mod logs;
#[cfg(target_os = "linux")]
mod password_floods;
mod requests;
mod serve;
