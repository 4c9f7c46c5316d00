//! People and places as lists: members of an organization, its products, everybody, every organization.

use std::collections::HashMap;

use sea_orm::{FromQueryResult, Value};
use types::{
    grant::GrantStatus,
    id::{OrganizationId, ProductId, UserId},
    people::{OrganizationRow, PEOPLE_PER_PAGE, PeopleQuery, UserRow},
    role::{OrgRole, ProductRole},
    workspace::{MEMBERS_PER_PAGE, MemberRow, MembersQuery, ProductRow},
};

use crate::{
    clock::Millis,
    db::{
        Lists,
        database::sql,
        listing::{self, ListQuery, Page, bind, like, page},
    },
    error::Result,
};

/// The last time that a person `u` was here.
const LAST_SEEN: &str = "(SELECT MAX(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at";

/// A condition on the name and the address of a person `u`; empty where nothing is searched.
fn named(values: &mut Vec<Value>, search: &str) -> String {
    match like(search) {
        pattern if pattern.is_empty() => String::new(),
        pattern => {
            let pattern = bind(values, pattern);
            format!(
                " AND (LOWER(u.name) LIKE {pattern} ESCAPE '\\' OR LOWER(u.email) LIKE {pattern} ESCAPE '\\')"
            )
        }
    }
}

/// A row of [`members`].
#[derive(FromQueryResult)]
struct Member {
    user_id: UserId,
    name: String,
    email: String,
    role: OrgRole,
    disabled_at: Option<Millis>,
    last_seen_at: Option<Millis>,
}

/// A role in a product.
#[derive(FromQueryResult)]
struct Role {
    user_id: UserId,
    product_id: ProductId,
    role: ProductRole,
}

/// One page of the members of an organization, by name.
pub async fn members(
    db: &Lists,
    organization_id: &OrganizationId,
    query: &MembersQuery,
) -> Result<Page<MemberRow>> {
    let all: Vec<Value> = vec![organization_id.into()];
    let mut values = all.clone();
    let from = format!(
        "FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1{}",
        named(&mut values, &query.search)
    );
    let total = sql(db, &format!("SELECT COUNT(*) AS count {from}"), values.clone());
    let unfiltered = "SELECT COUNT(*) AS count FROM memberships m WHERE m.organization_id = $1";
    let [limit, offset] = page(query.page, MEMBERS_PER_PAGE).map(|value| bind(&mut values, value));
    let rows = format!(
        "SELECT u.id AS user_id, u.name, u.email, u.disabled_at, m.role, {LAST_SEEN} {from}
        ORDER BY u.name, u.id LIMIT {limit} OFFSET {offset}"
    );
    let list = ListQuery { rows: sql(db, &rows, values), total, total_unfiltered: sql(db, unfiltered, all) };
    let found = list.run(db, |row: Member| Ok(row)).await?;
    let mut roles = roles(db, organization_id, &found.rows).await?;
    let rows = found.rows.into_iter().map(|row| MemberRow {
        products: roles.remove(&row.user_id).unwrap_or_default(),
        user_id: row.user_id,
        name: row.name,
        email: row.email,
        role: row.role,
        last_seen_at: row.last_seen_at,
        active: row.disabled_at.is_none(),
    });
    Ok(Page { rows: rows.collect(), total: found.total, total_unfiltered: found.total_unfiltered })
}

/// The roles that these members have in products of an organization.
async fn roles(
    db: &Lists,
    organization_id: &OrganizationId,
    members: &[Member],
) -> Result<HashMap<UserId, Vec<(ProductId, ProductRole)>>> {
    let mut values: Vec<Value> = vec![organization_id.into()];
    let people: Vec<_> = members.iter().map(|member| bind(&mut values, &member.user_id)).collect();
    let mut roles: HashMap<UserId, Vec<(ProductId, ProductRole)>> = HashMap::new();
    if people.is_empty() {
        return Ok(roles);
    }
    let query = format!(
        "SELECT r.user_id, r.product_id, r.role FROM product_roles r JOIN products p ON p.id = r.product_id
        WHERE p.organization_id = $1 AND r.user_id IN ({}) ORDER BY p.name, p.id",
        people.join(", ")
    );
    for row in Role::find_by_statement(sql(db, &query, values)).all(db).await? {
        roles.entry(row.user_id).or_default().push((row.product_id, row.role));
    }
    Ok(roles)
}

/// The products of an organization, by name.
pub async fn products(db: &Lists, organization_id: &OrganizationId) -> Result<Vec<ProductRow>> {
    let query = "SELECT p.id, p.name, p.slug, p.created_at,
            (SELECT COUNT(*) FROM product_roles r WHERE r.product_id = p.id) AS members,
            (SELECT COUNT(*) FROM grants g WHERE g.product_id = p.id AND g.status = $2) AS grants
        FROM products p WHERE p.organization_id = $1 AND p.deleted_at IS NULL ORDER BY p.name, p.id";
    let values = [organization_id.into(), GrantStatus::Active.into()];
    Ok(ProductRow::find_by_statement(sql(db, query, values)).all(db).await?)
}

/// The columns of [`UserRow`], of a person `u`.
fn user_columns() -> String {
    format!(
        "SELECT u.id, u.name, u.email, u.instance_admin, u.disabled_at, u.created_at, {LAST_SEEN},
            (SELECT COUNT(*) FROM memberships m WHERE m.user_id = u.id) AS organizations,
            (SELECT COUNT(*) FROM clients c WHERE c.owner_id = u.id AND c.deleted_at IS NULL) AS apps
        FROM users u WHERE u.deleted_at IS NULL"
    )
}

/// One page of all people, the newest first.
pub async fn users(db: &Lists, query: &PeopleQuery) -> Result<Page<UserRow>> {
    let mut values = Vec::new();
    let condition = named(&mut values, &query.search);
    let count = "SELECT COUNT(*) AS count FROM users u WHERE u.deleted_at IS NULL";
    let total = sql(db, &format!("{count}{condition}"), values.clone());
    let [limit, offset] = page(query.page, PEOPLE_PER_PAGE).map(|value| bind(&mut values, value));
    let rows = format!("{}{condition} ORDER BY u.id DESC LIMIT {limit} OFFSET {offset}", user_columns());
    let list =
        ListQuery { rows: sql(db, &rows, values), total, total_unfiltered: sql(db, count, Vec::new()) };
    list.run(db, |row: UserRow| Ok(row)).await
}

/// One person.
pub async fn user(db: &Lists, id: &UserId) -> Result<Option<UserRow>> {
    let query = format!("{} AND u.id = $1", user_columns());
    Ok(UserRow::find_by_statement(sql(db, &query, [id.into()])).one(db).await?)
}

/// One page of all organizations, the newest first.
pub async fn organizations(db: &Lists, query: &PeopleQuery) -> Result<Page<OrganizationRow>> {
    let mut values = Vec::new();
    let condition = match like(&query.search) {
        pattern if pattern.is_empty() => String::new(),
        pattern => {
            let pattern = bind(&mut values, pattern);
            format!(" AND (LOWER(o.name) LIKE {pattern} ESCAPE '\\' OR o.slug LIKE {pattern} ESCAPE '\\')")
        }
    };
    let count = "SELECT COUNT(*) AS count FROM organizations o WHERE o.deleted_at IS NULL";
    let total = sql(db, &format!("{count}{condition}"), values.clone());
    let owner = bind(&mut values, OrgRole::Owner);
    let [limit, offset] = page(query.page, PEOPLE_PER_PAGE).map(|value| bind(&mut values, value));
    let rows = format!(
        "SELECT o.id, o.name, o.slug, o.created_at,
            (SELECT COUNT(*) FROM memberships m WHERE m.organization_id = o.id) AS members,
            (SELECT COUNT(*) FROM products p WHERE p.organization_id = o.id AND p.deleted_at IS NULL) AS products,
            (SELECT MIN(u.email) FROM memberships m JOIN users u ON u.id = m.user_id
                WHERE m.organization_id = o.id AND m.role = {owner}) AS owners
        FROM organizations o WHERE o.deleted_at IS NULL{condition}
        ORDER BY o.id DESC LIMIT {limit} OFFSET {offset}"
    );
    let list =
        ListQuery { rows: sql(db, &rows, values), total, total_unfiltered: sql(db, count, Vec::new()) };
    list.run(db, |row: OrganizationRow| Ok(row)).await
}

/// Number of live grants of a person.
pub async fn live_grants_of(db: &Lists, user_id: &UserId) -> Result<u64> {
    let query = "SELECT COUNT(*) AS count FROM grants g WHERE g.user_id = $1 AND g.status = $2";
    listing::count(db, sql(db, query, [user_id.into(), GrantStatus::Active.into()])).await
}
