//! The choice of the person so far.

use leptos::prelude::*;

use types::{
    consent::{ConsentPage, ProductChoice},
    role::ProductRole,
    scope::{AccessLevel, Scope, ScopeSet},
};

/// The choice of the person so far. Ticks follow from their wish and from what their role allows.
#[derive(Clone, Copy)]
pub(crate) struct Choice {
    page: StoredValue<ConsentPage>,
    /// The id of the chosen product.
    pub(crate) product: RwSignal<String>,
    /// The scopes that the person wants to grant, also those that their role in the product does not allow.
    wish: RwSignal<ScopeSet>,
    /// Says if the browser has taken over: until then the page works as a plain form.
    pub(crate) live: RwSignal<bool>,
}

impl Choice {
    /// The page as the server rendered it.
    pub(crate) fn new(page: ConsentPage) -> Self {
        Self {
            product: RwSignal::new(page.product.to_string()),
            wish: RwSignal::new(page.preselected(ProductRole::Admin)),
            live: RwSignal::new(false),
            page: StoredValue::new(page),
        }
    }

    /// The chosen product.
    pub(crate) fn chosen(self) -> Option<ProductChoice> {
        let id = self.product.get();
        self.page.with_value(|page| page.products.iter().find(|product| *product.id == *id).cloned())
    }

    /// The role in the chosen product.
    pub(crate) fn role(self) -> ProductRole {
        self.product.with(|id| self.page.with_value(|page| page.role_in(id))).unwrap_or(ProductRole::Viewer)
    }

    /// The scopes that would be granted now.
    pub(crate) fn ticked(self) -> ScopeSet {
        let grantable = self.page.with_value(|page| page.grantable(self.role()));
        self.wish.get().intersection(&grantable).expanded().intersection(&grantable)
    }

    /// The ticked scope of the same resource that brings this one with it.
    pub(crate) fn bringer(self, scope: Scope) -> Option<Scope> {
        self.ticked().iter().find(|other| {
            other.resource == scope.resource
                && other.level != scope.level
                && other.level.implied().contains(&scope.level)
        })
    }

    /// Ticks or unticks a scope.
    pub(crate) fn set(self, scope: Scope, ticked: bool) {
        self.wish.update(|wish| wish.set(scope, ticked));
    }

    /// Unticks all but read.
    pub(crate) fn read_only(self) {
        let reads = self.page.with_value(|page| page.requested.clone());
        self.wish.set(reads.iter().filter(|scope| scope.level == AccessLevel::Read).collect());
    }
}
