//! Invitations: a new one, and those that wait.

use leptos::prelude::*;

use super::row::role_fields;
use crate::components::{
    field::options,
    form::{FormState, Input, PostForm},
    format::ahead,
    page::Section,
    table::{Table, cell, row},
    text::{name, note, plain, quiet},
    time::Ago,
};
use types::{
    account::MailWay,
    form::Form,
    role::OrgRole,
    workspace::{InvitationRow, ProductChoice},
};

/// The form that makes an invitation.
#[component]
pub(crate) fn Invite(
    /// The organization's slug.
    slug: String,
    /// The viewer's role in it.
    role: OrgRole,
    /// Its products.
    products: Vec<ProductChoice>,
    /// The way that mail takes.
    mail: MailWay,
) -> impl IntoView {
    let form = FormState::new(Form::Invite, vec![("organization", slug)]);
    let hint = match mail {
        MailWay::Sent => "The link goes there by mail. Leave it empty to send the link yourself.",
        MailWay::Kept => "This server sends no mail: you get the link to send it yourself.",
    };
    let email =
        Input { name: "email", label: "Email", kind: "email", hint, optional: true, ..Input::default() };
    let days = [("1", "A day"), ("7", "7 days"), ("30", "30 days")];
    let days = options(days.map(|(days, words)| (days.to_owned(), words.to_owned(), days == "7")));
    let (org_role, in_products) = role_fields("new", role, None, &products, &[]);
    view! {
        <Section id="invite" title="Invite somebody" class="card">
            <PostForm state=form>
                {form.input(email)}
                <div class="field-grid">
                    {org_role}
                    {in_products}
                    <div class="field">
                        <label for="invite-days">"Open for"</label>
                        <select class="input" id="invite-days" name="days">
                            {days}
                        </select>
                    </div>
                </div>
                <p class="section-about">
                    "Owners and admins of the organization are admin in every product of it. The link works once."
                </p>
                <div>{form.submit("Invite", "button-primary")}</div>
            </PostForm>
        </Section>
    }
    .into_any()
}

/// Invitations that nobody took yet.
#[component]
pub(crate) fn Waiting(
    /// The latest first.
    invitations: Vec<InvitationRow>,
    /// The organization's slug.
    slug: String,
    /// The moment when the page was made, in Unix milliseconds.
    now: i64,
) -> impl IntoView {
    if invitations.is_empty() {
        return ().into_any();
    }
    let rows = invitations.into_iter().map(|invitation| waiting(invitation, &slug, now)).collect();
    view! {
        <Section id="invitations" title="Pending invitations">
            <Table label="Pending invitations" columns=vec!["For", "Role", "Invited", "Open", "Actions"] rows />
        </Section>
    }
    .into_any()
}

fn waiting(invitation: InvitationRow, slug: &str, now: i64) -> AnyView {
    let InvitationRow { id, role, products, email, invited_by, created_at, expires_at } = invitation;
    let form =
        FormState::new(Form::WithdrawInvitation, vec![("organization", slug.to_owned()), ("invitation", id)]);
    let whom = email.clone().unwrap_or_else(|| "whoever has the link".to_owned());
    let mut roles = vec![plain(role.to_string())];
    let told = |(product, role)| note(vec![name(product), plain(format!(": {role}"))].into_any());
    roles.extend(products.into_iter().map(told));
    row(
        false,
        vec![
            cell("For", email.map_or_else(|| quiet("Whoever has the link"), plain)),
            cell("Role", roles.into_any()),
            cell(
                "Invited",
                vec![view! { <Ago now at=created_at /> }.into_any(), note(vec![plain("by "), name(invited_by)].into_any())]
                    .into_any(),
            ),
            cell("Open", plain(format!("ends {}", ahead(now, expires_at)))),
            cell(
                "Actions",
                view! {
                    <PostForm state=form class="">
                        {form.submit_about("Withdraw", "button-small", Some(format!("Withdraw the invitation for {whom}")))}
                    </PostForm>
                }
                .into_any(),
            ),
        ],
    )
}
