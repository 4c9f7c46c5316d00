//! A permission beside its checkbox.

use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};
use types::scope::Scope;

/// The name of a permission, and the scope that it stands for. `id` is that of its checkbox.
pub(crate) fn permission_head(scope: Scope, id: String) -> AnyView {
    view! {
        <div class="permission-head">
            <label class=format!("permission-name level-{}", scope.level.suffix()) for=id>
                <Icon glyph=Glyph::of_level(scope.level) />
                {scope.label()}
            </label>
            <code>{scope.to_string()}</code>
        </div>
    }
    .into_any()
}
