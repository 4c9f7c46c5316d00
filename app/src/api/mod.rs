//! Server functions: the pages' own remote calls. Each one asks who it is, lets an operation check the right,
//! and answers.
#![expect(missing_docs, reason = "the macro makes undocumented structs from the arguments")]

mod admin;
mod apps;
mod consent;
mod frame;
mod oauth_apps;
mod procedures;
mod work_items;

pub use admin::{
    AdminClient, AdminClients, ClientsImpact, CreateAdminClient, DeleteClients, EnterClientDocument,
    RefreshClientDocument, RemoveUnusedRegistrations, RevokeClientsAccess, SetClientDocumentPinned,
    SetClientResourceServer, SetClientVerified, SetClientsBlocked, UnusedRegistrations, admin_client,
    admin_clients, clients_impact, create_admin_client, delete_clients, enter_client_document,
    refresh_client_document, remove_unused_registrations, revoke_clients_access, set_client_document_pinned,
    set_client_resource_server, set_client_verified, set_clients_blocked, unused_registrations,
};
pub use apps::{ConnectedApp, ConnectedApps, RevokeGrant, connected_app, connected_apps, revoke_grant};
pub use consent::{Consent, consent};
pub use frame::{
    CurrentFrame, CurrentProblem, Share, SignInPage, current_frame, current_problem, share, sign_in_page,
};
pub use oauth_apps::{
    AddClientSecret, AuthorizeServiceAccess, ClientFormRules, ClientImpact, CreateOauthApp, DeleteClient,
    OauthApp, OauthApps, RetireClientSecret, SetClientDisabled, SetClientKeys, UpdateClient,
    add_client_secret, authorize_service_access, client_form_rules, client_impact, create_oauth_app,
    delete_client, oauth_app, oauth_apps, retire_client_secret, set_client_disabled, set_client_keys,
    update_client,
};
pub use procedures::{CallProcedure, call, call_procedure};
pub use work_items::{ListWorkItems, list_work_items};
