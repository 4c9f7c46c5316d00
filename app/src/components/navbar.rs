//! The frame's top bar: where one is, where one can go, who one is.

use std::sync::Arc;

use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;

use super::{
    icon::{Glyph, Icon},
    inside::live,
    load::{PageResource, awaited},
    theme::ThemeSwitch,
};
use types::{
    paths,
    person::{Frame, FrameOrganization, Viewer},
};

/// The frame as every page shares it.
pub(crate) type FrameResource = PageResource<Frame>;

/// An organization and a product in it, by their slugs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    organization: Option<String>,
    product: Option<String>,
}

impl Place {
    /// The place where the person was last, where this is none.
    fn or_last(self, last: StoredValue<Option<(String, String)>>) -> Self {
        let last = last.get_value();
        match (&self.organization, last) {
            (None, Some((organization, product))) => {
                Self { organization: Some(organization), product: Some(product) }
            }
            _ => self,
        }
    }
}

/// The organization and the product that a path names.
fn place(path: &str) -> Place {
    let mut segments =
        path.strip_prefix("/o/").unwrap_or_default().split('/').filter(|slug| !slug.is_empty());
    let organization = segments.next().map(str::to_owned);
    let product = segments.next().filter(|slug| !types::slug::RESERVED.contains(slug)).map(str::to_owned);
    Place { organization, product }
}

/// Pages where a person decides one thing begin so.
const ALONE: [&str; 6] = ["/sign-in", "/setup", "/account/", "/invite/", "/consent/", "/oauth/"];

/// The top bar. On pages where a person decides one thing it shows the name only.
#[component]
pub(crate) fn Navbar(
    /// The person who is here, and the products that they may open.
    frame: FrameResource,
) -> impl IntoView {
    let path = use_location().pathname;
    let alone = move || path.with(|path| ALONE.iter().any(|start| path.starts_with(start)));
    view! {
        <header class="navbar">
            <a class="brand" href="/">
                <span class="brand-mark"><Icon glyph=Glyph::Gate /></span>
                <span class="brand-name">"Gatepass"</span>
            </a>
            {awaited(
                Arc::new(move || {
                    Box::pin(async move {
                        let frame = frame.get().await.unwrap_or_default();
                        (move || (!alone()).then(|| view! { <SignedInLinks frame=frame.clone() path /> })).into_any()
                    })
                }),
            )}
            <ThemeSwitch />
        </header>
    }
    .into_any()
}

#[component]
fn SignedInLinks(frame: Frame, path: Memo<String>) -> impl IntoView {
    let Frame { viewer, organizations, last, may_create } = frame;
    viewer
        .map(|viewer| {
            let organizations = StoredValue::new(organizations);
            let last = StoredValue::new(last);
            let here = Signal::derive(move || path.with(|path| place(path)).or_last(last));
            // The organization whose settings the links lead to: the one of the path, the last one, else the first.
            let apps = move || {
                let slug = here.get().organization;
                organizations.with_value(|all| {
                    all.iter()
                        .find(|organization| Some(&organization.slug) == slug.as_ref())
                        .or(all.first())
                        .map(|organization| paths::apps(&organization.slug))
                })
            };
            view! {
                <Switcher organizations path here may_create />
                <nav class="navbar-links" aria-label="Workspace">
                    {move || {
                        apps()
                            .map(|href| {
                                let current = path.with(|path| *path == href).then_some("page");
                                view! {
                                    <a class="navbar-link" href=href.clone() aria-current=current>
                                        <Icon glyph=Glyph::Plug />
                                        "Apps"
                                    </a>
                                    <a
                                        class="button button-quiet button-icon"
                                        href=href
                                        aria-label="Workspace settings"
                                        title="Workspace settings"
                                    >
                                        <Icon glyph=Glyph::Gear />
                                    </a>
                                }
                            })
                    }}
                </nav>
                <UserMenu viewer path />
            }
        })
        .into_any()
}

/// The place where one is, and the menu of everywhere else. The menu is a popover: Escape and a click elsewhere close it.
#[component]
fn Switcher(
    organizations: StoredValue<Vec<FrameOrganization>>,
    path: Memo<String>,
    here: Signal<Place>,
    may_create: bool,
) -> impl IntoView {
    let menu = NodeRef::<html::Div>::new();
    let manages = Signal::derive(move || {
        let slug = here.get().organization;
        organizations.with_value(|all| {
            let found = all.iter().find(|organization| Some(&organization.slug) == slug.as_ref());
            found
                .filter(|organization| organization.role.manages())
                .map(|organization| organization.slug.clone())
        })
    });
    let here = move || {
        let Place { organization, product } = here.get();
        organizations.with_value(|all| {
            let organization = all.iter().find(|candidate| Some(&candidate.slug) == organization.as_ref())?;
            let product =
                organization.products.iter().find(|candidate| Some(&candidate.slug) == product.as_ref());
            Some((organization.name.clone(), product.map(|product| product.name.clone())))
        })
    };
    let groups = organizations
        .get_value()
        .into_iter()
        .map(|organization| {
            let products = organization
                .products
                .into_iter()
                .map(|product| {
                    let href = paths::product(&organization.slug, &product.slug);
                    let target = href.clone();
                    let current = move || path.with(|path| *path == target).then_some("page");
                    view! {
                        <li>
                            <a class="menu-item" href=href aria-current=current>
                                {product.name}
                                <span class="menu-note">{product.role.to_string()}</span>
                            </a>
                        </li>
                    }
                    .into_any()
                })
                .collect::<Vec<_>>();
            view! {
                <li>
                    <span class="menu-title">{organization.name}</span>
                    <ul role="list">{products}</ul>
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <button type="button" class="button button-quiet switcher" popovertarget="products">
            <span class="visually-hidden">"Switch product: "</span>
            <span class="switcher-name">
                {move || match here() {
                    Some((organization, Some(product))) => format!("{organization} / {product}"),
                    Some((organization, None)) => organization,
                    None => "Choose a product".to_owned(),
                }}
            </span>
            <Icon glyph=Glyph::Chevrons />
        </button>
        <div class="menu menu-products" id="products" popover="auto" node_ref=menu on:click=move |_| close(menu)>
            <ul role="list">{groups}</ul>
            <ul role="list" class="menu-more">
                {live(move || {
                    manages
                        .get()
                        .map(|slug| {
                            view! { <li><a class="menu-item" href=paths::products(&slug)>"New product"</a></li> }
                        })
                        .into_any()
                })}
                {may_create
                    .then(|| {
                        view! { <li><a class="menu-item" href=paths::NEW_ORGANIZATION>"New organization"</a></li> }
                            .into_any()
                    })}
            </ul>
        </div>
    }
    .into_any()
}

/// Closes a menu after one of its links was followed.
fn close(menu: NodeRef<html::Div>) {
    if let Some(menu) = menu.get_untracked() {
        let _ = menu.hide_popover();
    }
}

#[component]
fn UserMenu(viewer: Viewer, path: Memo<String>) -> impl IntoView {
    let menu = NodeRef::<html::Div>::new();
    let item = |href: &'static str, label: &'static str| {
        let current = move || path.with(|path| path.starts_with(href)).then_some("page");
        view! { <li><a class="menu-item" href=href aria-current=current>{label}</a></li> }.into_any()
    };
    let mut items = vec![item(paths::PROFILE, "Settings"), item(paths::OAUTH_APPS, "OAuth apps")];
    if viewer.instance_admin {
        items.push(item(paths::ADMIN_CLIENTS, "Administration"));
    }
    view! {
        <button type="button" class="button button-quiet user" popovertarget="person">
            <Icon glyph=Glyph::Person />
            <span class="user-email">{viewer.email.clone()}</span>
        </button>
        <div class="menu menu-person" id="person" popover="auto" node_ref=menu on:click=move |_| close(menu)>
            <p class="menu-who">
                <strong>{viewer.name}</strong>
                <span>{viewer.email}</span>
            </p>
            <ul role="list">{items}</ul>
            <form method="post" action=paths::SIGN_OUT>
                <button type="submit" class="menu-item">"Sign out"</button>
            </form>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_names_organization_and_product() {
        let of = |organization: &str, product: Option<&str>| Place {
            organization: Some(organization.to_owned()),
            product: product.map(str::to_owned),
        };
        assert_eq!(place("/o/acme/support"), of("acme", Some("support")));
        assert_eq!(place("/o/acme/settings/apps"), of("acme", None));
        assert_eq!(place("/sign-in"), Place::default());
    }
}
