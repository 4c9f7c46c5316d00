//! Bounds of what strangers and single people can cause, in rate and in what stays: a test for each row of the README's
//! table «What strangers and single people can cause».

mod authorize;
mod limits;
mod log;
mod pages;
mod passwords;
mod person;
mod proxy;
mod registration;
mod tokens;
