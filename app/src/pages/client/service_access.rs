//! Letting an app act by itself, without a person (OAuth 2.1 §4.2).

use leptos::{prelude::*, task::spawn_local};
use types::{
    client::ClientDetails,
    id::ClientId,
    paths,
    scope::{Resource, Scope, ScopeSet},
    service_access::{ProductPlace, ServiceAccess, ServiceGrant},
};

use crate::{
    api::authorize_service_access,
    components::{
        badge::ScopeBadges,
        button::Button,
        field::{Field, options},
        page::{Section, facts},
        permission::permission_head,
        text::{link, main, name, note, plain, quiet},
        time::Ago,
        toast::Toaster,
    },
};

/// The access of an app by itself, and the form that gives it.
#[component]
pub(crate) fn ServiceAccessSection(
    /// The client.
    client: ClientDetails,
    /// Called after it was let.
    changed: Callback<()>,
) -> impl IntoView {
    let ClientDetails { client_id, own: ServiceAccess { current, products }, now, .. } = client;
    let held = current.as_ref().map(|grant| grant.scopes.clone()).unwrap_or_default();
    let label = if current.is_some() { "Change" } else { "Give machine access" };
    view! {
        <Section id="service-access" title="Machine access (client credentials)">
            <p class="section-about">
                "With its secret or key the app gets tokens without a person. It never has more access than the person who approved it, and loses it when they leave."
            </p>
            {current.map(|grant| granted(grant, now))}
            {if products.is_empty() {
                view! { <p class="section-about">"Only an admin of a product can give an app machine access to it."</p> }
                    .into_any()
            } else {
                view! { <Form client_id products held label changed /> }.into_any()
            }}
        </Section>
    }
    .into_any()
}

fn granted(grant: ServiceGrant, now: i64) -> AnyView {
    let ProductPlace { product, organization, organization_slug, .. } = grant.place;
    facts(vec![
        ("Product", vec![main(name(product)), note(name(organization))].into_any()),
        ("Permissions", view! { <ScopeBadges scopes=grant.scopes /> }.into_any()),
        (
            "Approved by",
            vec![main(name(grant.by)), note(view! { <Ago now at=grant.authorized_at /> }.into_any())]
                .into_any(),
        ),
        (
            "Revoke",
            if organization_slug.is_empty() {
                quiet("Up to its organization")
            } else {
                link(paths::apps(&organization_slug), plain("In Connected Apps"))
            },
        ),
    ])
}

#[component]
fn Form(
    client_id: ClientId,
    products: Vec<ProductPlace>,
    held: ScopeSet,
    label: &'static str,
    changed: Callback<()>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let busy = RwSignal::new(false);
    let product = RwSignal::new(products.first().and_then(|place| place.product_id.clone()));
    let chosen = RwSignal::new(held);
    let choices = options(products.into_iter().enumerate().map(|(index, place)| {
        let id = place.product_id.map(String::from).unwrap_or_default();
        (id, format!("{} / {}", place.organization, place.product), index == 0)
    }));
    let on_click = move |()| {
        let (client_id, Some(product)) = (client_id.clone(), product.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            let scopes = chosen.get_untracked();
            match authorize_service_access(client_id, product, scopes).await {
                Ok(()) => {
                    toaster.done("The app has machine access.");
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    let resources = Resource::ALL.map(|resource| {
        view! {
            <fieldset class="permissions">
                <legend>{resource.label()}</legend>
                {Scope::all()
                    .filter(|scope| scope.resource == resource)
                    .map(|scope| view! { <Permission scope chosen /> }.into_any())
                    .collect::<Vec<_>>()}
            </fieldset>
        }
        .into_any()
    });
    view! {
        <details class="disclosure">
            <summary class="button needs-js">{label}</summary>
            <div class="card stack">
                <Field id="own-product" label="Product">
                    <select
                        class="input"
                        id="own-product"
                        on:change=move |event| product.set(event_target_value(&event).parse().ok())
                    >
                        {choices}
                    </select>
                </Field>
                {Vec::from(resources)}
                <Button
                    label="Allow"
                    class="button-primary"
                    disabled=Signal::derive(move || busy.get() || chosen.get().is_empty())
                    on_click
                />
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Permission(scope: Scope, chosen: RwSignal<ScopeSet>) -> impl IntoView {
    let id = format!("own-{}", scope.to_string().replace(':', "-"));
    // Write brings read, and so on: what comes with another is ticked and locked.
    let brought = move || {
        let mut others = chosen.get();
        others.set(scope, false);
        others.expanded().contains(scope)
    };
    let change = move |event| {
        let ticked = event_target_checked(&event);
        chosen.update(|chosen| chosen.set(scope, ticked));
    };
    view! {
        <div class="permission">
            <input
                type="checkbox"
                id=id.clone()
                prop:checked=move || chosen.get().expanded().contains(scope)
                prop:disabled=brought
                on:change=change
            />
            {permission_head(scope, id)}
        </div>
    }
    .into_any()
}
