//! The REST API with everything around it except the guard, which asks for a token, loads the grant, decides and counts.

use std::{sync::Arc, time::Duration};

use axum::{Extension, Router};
use domain::{
    oauth::caller::{CallActor, Caller},
    workspaces::products::ProductMembership,
};
use server::{api::rest, router::common_layers, state::AppState};
use types::id::UserId;

/// Its routes. Whoever calls is this person, in this product.
pub fn unguarded(
    state: &AppState,
    (user_id, user_name): (UserId, String),
    seat: &ProductMembership,
) -> Router {
    let product = seat.product_ref();
    let caller = Caller { user_id, user_name, product, role: seat.role, actor: CallActor::Page };
    let routes = rest::routes(state.domain.clone()).route_layer(Extension(caller));
    let config = Arc::clone(&state.config);
    let routes = rest::common_layers(routes, &config);
    common_layers(routes, config, Duration::from_secs(30))
}
