//! Workspaces, the people in them, and their accounts.

mod accounts;
mod administration;
mod first_run;
mod forms;
mod invitations;
mod mail;
mod members;
mod organizations;
mod rights;
