//! Server functions: the pages' own remote calls. Each one asks who it is, lets the port check the right,
//! and answers.
#![expect(missing_docs, reason = "the macro makes undocumented structs from the arguments")]

mod apps;
mod consent;
mod frame;
mod work_items;

pub use apps::{ConnectedApps, RevokeGrant, connected_apps, revoke_grant};
pub use consent::{Consent, consent};
pub use frame::{
    CurrentFrame, CurrentProblem, Share, SignInPage, current_frame, current_problem, share, sign_in_page,
};
pub use work_items::{
    CreateWorkItem, DeleteWorkItem, ListWorkItems, SetWorkItemStatus, create_work_item, delete_work_item,
    list_work_items, set_work_item_status,
};
