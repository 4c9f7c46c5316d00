//! A search among grants: the things that they belong to are searched first, since there are far fewer of them.

use sea_orm::{TryGetable, Value};
use types::id::{ClientId, OrganizationId, ProductId, UserId};

use crate::{
    db::{
        Lists,
        database::sql,
        listing::{self, bind},
    },
    error::Result,
};

/// Most apps, products and people of each whose grants are looked up one by one.
const FEW: i64 = 100;
/// Most grants of products that are.
const FEW_GRANTS: i64 = 1_000;

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
    /// Those of these things.
    Of(Things),
    /// Those of whatever matches a pattern. Most grants may: they are gone through in their order, until a page is full.
    Matching(String),
}

/// Things that grants belong to.
#[derive(Clone, Debug)]
pub struct Things {
    clients: Vec<ClientId>,
    products: Vec<ProductId>,
    people: Vec<UserId>,
}

impl Things {
    /// Says if there are so few of them, and of their grants, that each is looked up.
    async fn are_few(&self, db: &Lists) -> Result<bool> {
        let most = self.clients.len().max(self.people.len()).max(self.products.len());
        if most as i64 > FEW {
            return Ok(false);
        }
        let mut values = Vec::new();
        let products = bind_all(&mut values, &self.products);
        let query = format!(
            "SELECT COUNT(*) AS count FROM
            (SELECT id FROM grants WHERE product_id IN ({products}) LIMIT {}) few",
            FEW_GRANTS + 1
        );
        Ok(listing::count(db, sql(db, &query, values)).await? <= FEW_GRANTS.unsigned_abs())
    }
}

impl GrantSearch {
    /// Searches for `pattern` in what grants of an organization belong to; for nothing if it is empty.
    pub async fn find(db: &Lists, organization_id: &OrganizationId, pattern: String) -> Result<Self> {
        if pattern.is_empty() {
            return Ok(Self::Everything);
        }
        let query = format!("{} AND organization_id = $3 LIMIT $2", products_like("$1"));
        let values = [pattern.as_str().into(), (FEW + 1).into(), organization_id.into()];
        let things = Things {
            clients: Self::few(db, &clients_like("$1"), &pattern).await?,
            products: listing::all(db, sql(db, &query, values)).await?,
            people: Self::few(db, &people_like("$1"), &pattern).await?,
        };
        Ok(if things.are_few(db).await? { Self::Of(things) } else { Self::Matching(pattern) })
    }

    /// The things that match, and no more than one too many.
    async fn few<T: TryGetable>(db: &Lists, which: &str, pattern: &str) -> Result<Vec<T>> {
        listing::all(db, sql(db, &format!("{which} LIMIT $2"), [pattern.into(), (FEW + 1).into()])).await
    }

    /// The parts of a query for grants.
    pub(super) fn parts(&self, values: &mut Vec<Value>) -> SearchParts {
        match self {
            Self::Everything => SearchParts::default(),
            Self::Of(Things { clients, products, people }) => {
                let clients = bind_all(values, clients);
                let products = bind_all(values, products);
                let people = bind_all(values, people);
                // CROSS JOIN keeps SQLite from going through all other grants.
                let these = format!(
                    "(SELECT id FROM grants WHERE client_id IN ({clients})
                    UNION SELECT id FROM grants WHERE product_id IN ({products})
                    UNION SELECT id FROM grants WHERE user_id IN ({people})) these CROSS JOIN "
                );
                SearchParts {
                    from: these,
                    condition: " AND g.id = these.id".to_owned(),
                    ..Default::default()
                }
            }
            Self::Matching(pattern) => {
                let pattern = bind(values, pattern.as_str());
                let matching = [
                    ("client", clients_like(&pattern)),
                    ("product", products_like(&pattern)),
                    ("user", people_like(&pattern)),
                ];
                // Searched once, however many parts the query has.
                let searches =
                    matching.iter().map(|(thing, these)| format!("{thing}s_found AS MATERIALIZED ({these})"));
                let conditions = matching
                    .iter()
                    .map(|(thing, _)| format!("g.{thing}_id IN (SELECT id FROM {thing}s_found)"));
                SearchParts {
                    with: format!("WITH {} ", searches.collect::<Vec<_>>().join(", ")),
                    condition: format!(" AND ({})", conditions.collect::<Vec<_>>().join(" OR ")),
                    ..Default::default()
                }
            }
        }
    }
}

/// A search as parts of a query; all are empty where nothing is searched.
#[derive(Default)]
pub(super) struct SearchParts {
    /// Before the query.
    pub(super) with: String,
    /// Before `grants g`.
    pub(super) from: String,
    /// After the other conditions.
    pub(super) condition: String,
}

/// Placeholders of these, or of nothing.
fn bind_all<T: Clone + Into<Value>>(values: &mut Vec<Value>, all: &[T]) -> String {
    let all: Vec<_> = all.iter().map(|one| bind(values, one.clone())).collect();
    if all.is_empty() { "NULL".to_owned() } else { all.join(", ") }
}
