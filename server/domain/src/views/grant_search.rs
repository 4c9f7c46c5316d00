//! A search among grants: the things that they belong to are searched first, since there are far fewer of them.

use sea_orm::{TryGetable, Value};
use types::id::{ClientId, OrganizationId, UserId};

use crate::{
    db::{
        Lists,
        database::sql,
        listing::{self, bind},
    },
    error::Result,
};

/// Most apps, and people, whose grants are looked up one by one.
const FEW: i64 = 100;

/// The clients that match the pattern with this placeholder.
fn clients_like(pattern: &str) -> String {
    format!(
        "SELECT id FROM clients WHERE (LOWER(name) LIKE {pattern} ESCAPE '\\'
        OR LOWER(COALESCE(website, '')) LIKE {pattern} ESCAPE '\\')"
    )
}

/// The products that do.
fn products_like(pattern: &str) -> String {
    format!("SELECT id FROM products WHERE LOWER(name) LIKE {pattern} ESCAPE '\\'")
}

/// The people who do.
fn people_like(pattern: &str) -> String {
    format!(
        "SELECT id FROM users WHERE (LOWER(name) LIKE {pattern} ESCAPE '\\'
        OR LOWER(email) LIKE {pattern} ESCAPE '\\')"
    )
}

/// The grants that a search is about.
#[derive(Clone, Debug)]
pub enum GrantSearch {
    /// All: nothing is searched.
    Everything,
    /// Those of these apps and people.
    Of(Vec<ClientId>, Vec<UserId>),
    /// Those of whatever matches a pattern. Most grants may: they are gone through in their order, until a page is full.
    Matching(String),
}

impl GrantSearch {
    /// Searches for `pattern` in what grants of an organization belong to; for nothing if it is empty.
    pub async fn find(db: &Lists, organization_id: &OrganizationId, pattern: String) -> Result<Self> {
        if pattern.is_empty() {
            return Ok(Self::Everything);
        }
        let query = format!("{} AND organization_id = $2 LIMIT 1", products_like("$1"));
        let product = sql(db, &query, [pattern.as_str().into(), organization_id.into()]);
        if listing::one::<String>(db, product).await?.is_some() {
            return Ok(Self::Matching(pattern));
        }
        let clients: Vec<ClientId> = Self::few(db, &clients_like("$1"), &pattern).await?;
        let people: Vec<UserId> = Self::few(db, &people_like("$1"), &pattern).await?;
        if clients.len().max(people.len()) as i64 > FEW {
            return Ok(Self::Matching(pattern));
        }
        Ok(Self::Of(clients, people))
    }

    /// The things that match, and no more than one too many.
    async fn few<T: TryGetable>(db: &Lists, which: &str, pattern: &str) -> Result<Vec<T>> {
        listing::all(db, sql(db, &format!("{which} LIMIT $2"), [pattern.into(), (FEW + 1).into()])).await
    }

    /// What stands before `grants g` in a query, and a condition.
    pub(super) fn parts(&self, values: &mut Vec<Value>) -> (String, String) {
        match self {
            Self::Everything => (String::new(), String::new()),
            Self::Of(clients, people) => {
                let clients = bind_all(values, clients);
                let people = bind_all(values, people);
                // CROSS JOIN keeps SQLite from going through all other grants.
                let these = format!(
                    "(SELECT id FROM grants WHERE client_id IN ({clients})
                    UNION SELECT id FROM grants WHERE user_id IN ({people})) these CROSS JOIN "
                );
                (these, " AND g.id = these.id".to_owned())
            }
            Self::Matching(pattern) => {
                let pattern = bind(values, pattern.as_str());
                let matching = [
                    ("g.client_id", clients_like(&pattern)),
                    ("g.product_id", products_like(&pattern)),
                    ("g.user_id", people_like(&pattern)),
                ];
                let matching = matching.map(|(column, these)| format!("{column} IN ({these})"));
                (String::new(), format!(" AND ({})", matching.join(" OR ")))
            }
        }
    }
}

/// Placeholders of these, or of nothing.
fn bind_all<T: Clone + Into<Value>>(values: &mut Vec<Value>, all: &[T]) -> String {
    let all: Vec<_> = all.iter().map(|one| bind(values, one.clone())).collect();
    if all.is_empty() { "NULL".to_owned() } else { all.join(", ") }
}
