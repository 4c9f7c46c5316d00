//! The form for a new work item.

use leptos::{html, prelude::*, task::spawn_local};

use super::Place;
use crate::wire::Failed;
use crate::{
    api::call,
    components::{
        field::{Field, error_id},
        icon::{Glyph, Icon},
        toast::Toaster,
    },
};
use types::{
    failure::Failure,
    work_item::{CreateInput, CreateWorkItem, DESCRIPTION_MAX, Status, TITLE_MAX},
};

/// The words of a new work item, checked.
fn words(title: String, description: String) -> Result<CreateInput, Failure> {
    let invalid = |field: &str| {
        let field = field.to_owned();
        |message| Failure::Invalid { field, message }
    };
    Ok(CreateInput {
        title: title.try_into().map_err(invalid("title"))?,
        description: description.try_into().map_err(invalid("description"))?,
        status: Status::default(),
    })
}

/// Makes a work item. What was typed before the page came to life is kept.
#[component]
pub(crate) fn NewItem(
    /// The product.
    place: Place,
    /// Called after it was made.
    changed: Callback<()>,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let title = NodeRef::<html::Input>::new();
    let description = NodeRef::<html::Textarea>::new();
    let invalid = RwSignal::new(None::<(String, String)>);
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let error = move |field: &'static str| {
        Signal::derive(move || invalid.get().filter(|(name, _)| name == field).map(|(_, message)| message))
    };
    let (title_error, description_error) = (error("title"), error("description"));
    let create = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Some(title), Some(description)) = (title.get_untracked(), description.get_untracked()) else {
            return;
        };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let words = words(title.value(), description.value());
        let place = place.clone();
        spawn_local(async move {
            invalid.set(None);
            let made = match words {
                Ok(words) => call::<CreateWorkItem>(place, &words).await,
                Err(failure) => Err(Failed(failure)),
            };
            match made {
                Ok(item) => {
                    if let Some(form) = form.get_untracked() {
                        form.reset();
                    }
                    toaster.done(format!("“{}” was created.", item.title));
                    changed.run(());
                }
                Err(Failed(Failure::Invalid { field, message })) => invalid.set(Some((field, message))),
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    view! {
        <section class="card new-item needs-js" aria-labelledby="new-item">
            <h2 id="new-item">"New work item"</h2>
            <form class="stack" node_ref=form on:submit=create>
                <Field id="title" label="Title" error=title_error>
                    <input
                        class="input"
                        id="title"
                        name="title"
                        type="text"
                        required
                        maxlength=TITLE_MAX.to_string()
                        autocomplete="off"
                        node_ref=title
                        aria-invalid=move || title_error.get().map(|_| "true")
                        aria-describedby=move || title_error.get().map(|_| error_id("title"))
                    />
                </Field>
                <Field id="description" label="Description" error=description_error>
                    <textarea
                        class="input"
                        id="description"
                        name="description"
                        rows="4"
                        maxlength=DESCRIPTION_MAX.to_string()
                        node_ref=description
                        aria-invalid=move || description_error.get().map(|_| "true")
                        aria-describedby=move || description_error.get().map(|_| error_id("description"))
                    ></textarea>
                </Field>
                <button
                    type="submit"
                    class="button button-primary"
                    aria-disabled=move || busy.get().then_some("true")
                >
                    <Icon glyph=Glyph::Check />
                    "Create"
                </button>
            </form>
        </section>
    }
    .into_any()
}
