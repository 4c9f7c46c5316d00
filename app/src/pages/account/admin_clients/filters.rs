//! The ways to narrow the list of clients.

use leptos::prelude::*;

use crate::components::filters::{Filter, Filters};
use types::{
    admin::{ClientSort, ClientsQuery},
    client::{ClientSource, ClientStatus},
    paths,
};

/// Search, filters and order.
pub(crate) fn filters(query: ClientsQuery) -> AnyView {
    let ClientsQuery { search, source, status, unused, sort, entry, .. } = query;
    let mut sources = vec![("", "All")];
    sources.extend(ClientSource::ALL.map(|source| (source.as_str(), source.label())));
    let mut statuses = vec![("", "All")];
    statuses.extend(ClientStatus::ALL.map(|status| (status.as_str(), status.label())));
    let sorts = ClientSort::ALL.map(|sort| (sort.as_str(), sort.label())).to_vec();
    let filters = vec![
        Filter::Kept { name: "entry", value: entry },
        Filter::OneOf {
            name: "source",
            label: "Source",
            words: sources,
            chosen: source.map_or("", ClientSource::as_str),
        },
        Filter::OneOf {
            name: "status",
            label: "Status",
            words: statuses,
            chosen: status.map_or("", ClientStatus::as_str),
        },
        Filter::OneOf { name: "sort", label: "Sort by", words: sorts, chosen: sort.as_str() },
        Filter::Only { name: "unused", label: "Unused", rest: "for 30 days", on: unused },
    ];
    view! {
        <Filters
            action=paths::ADMIN_CLIENTS.to_owned()
            label="Search clients"
            placeholder="Search names, hosts, owners"
            search
            filters
        />
    }
    .into_any()
}
