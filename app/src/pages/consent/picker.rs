//! The organization and the product that the app would get access to.

use leptos::{html, prelude::*};

use super::choice::Choice;
use crate::components::field::options;
use types::consent::ProductChoice;

/// Asks for the product, or states it when there is one only.
///
/// As a plain form there is one list with the organizations as groups. In a living page an organization is
/// chosen first, and the list has its products only.
#[component]
pub(crate) fn Picker(
    /// The choice.
    choice: Choice,
    /// The products to choose from, sorted by organization.
    products: Vec<ProductChoice>,
) -> impl IntoView {
    match <[ProductChoice; 1]>::try_from(products) {
        Ok([only]) => view! {
            <p class="picked">
                "Access to " <strong>{only.name}</strong> " in " <strong>{only.organization}</strong>
            </p>
            <input type="hidden" name="product" value=only.id.to_string() />
        }
        .into_any(),
        Err(products) => view! { <Selects choice products /> }.into_any(),
    }
}

/// Products under the id and name of their organization.
type Group = (String, String, Vec<ProductChoice>);

fn grouped(products: Vec<ProductChoice>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for product in products {
        match groups.last_mut() {
            Some((id, _, members)) if *id == *product.organization_id => members.push(product),
            _ => groups.push((
                product.organization_id.to_string(),
                product.organization.clone(),
                vec![product],
            )),
        }
    }
    groups
}

#[component]
fn Selects(choice: Choice, products: Vec<ProductChoice>) -> impl IntoView {
    let groups = StoredValue::new(grouped(products));
    let several = groups.with_value(|groups| groups.len() > 1);
    let organization =
        Memo::new(move |_| choice.chosen().map(|product| product.organization_id.into()).unwrap_or_default());
    let element = NodeRef::<html::Select>::new();
    Effect::new(move |_| {
        let Some(select) = element.get() else { return };
        // The person may have chosen before the page came to life.
        choice.product.set(select.value());
        choice.live.set(true);
    });
    Effect::new(move |_| {
        organization.track();
        let product = choice.product.get();
        // The options of the organization are in place in the next frame.
        if let (true, Some(select)) = (choice.live.get(), element.get()) {
            request_animation_frame(move || select.set_value(&product));
        }
    });
    let listed = move || {
        let chosen = choice.product.get_untracked();
        let here = organization.get();
        let live = choice.live.get();
        groups
            .get_value()
            .into_iter()
            .filter(|(id, ..)| !live || *id == here)
            .map(|(_, name, products)| {
                let products = options(products.into_iter().map(|product| {
                    let selected = *product.id == *chosen;
                    (product.id.into(), product.name, selected)
                }));
                if live {
                    products.into_any()
                } else {
                    view! { <optgroup label=name>{products}</optgroup> }.into_any()
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <div class="pickers" class:pickers-two=several>
            {if several {
                view! { <Organization choice groups organization /> }.into_any()
            } else {
                let name = groups.with_value(|groups| groups.first().map(|(_, name, _)| name.clone()));
                view! { <p class="picked">"Access to a product of " <strong>{name}</strong></p> }.into_any()
            }}
            <div class="field">
                <label for="product">"Product"</label>
                <select
                    class="input"
                    id="product"
                    name="product"
                    node_ref=element
                    on:change=move |event| choice.product.set(event_target_value(&event))
                >
                    {listed}
                </select>
            </div>
        </div>
    }
    .into_any()
}

/// Needs JavaScript, and is not part of the form: the product says it all.
#[component]
fn Organization(
    choice: Choice,
    groups: StoredValue<Vec<Group>>,
    organization: Memo<String>,
) -> impl IntoView {
    let element = NodeRef::<html::Select>::new();
    Effect::new(move |_| {
        if let Some(select) = element.get() {
            select.set_value(&organization.get());
        }
    });
    let pick = move |id: String| {
        let first = groups.with_value(|groups| {
            groups
                .iter()
                .find(|(candidate, ..)| *candidate == id)
                .and_then(|(.., products)| products.first().cloned())
        });
        if let Some(product) = first {
            choice.product.set(product.id.into());
        }
    };
    let first = organization.get_untracked();
    view! {
        <div class="field needs-js">
            <label for="organization">"Organization"</label>
            <select
                class="input"
                id="organization"
                node_ref=element
                on:change=move |event| pick(event_target_value(&event))
            >
                {options(
                    groups
                        .get_value()
                        .into_iter()
                        .map(|(id, name, _)| {
                            let chosen = id == first;
                            (id, name, chosen)
                        }),
                )}
            </select>
        </div>
    }
    .into_any()
}
