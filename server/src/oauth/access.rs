//! The one rule that decides every call (`design.md`, «One rule decides every call»).

use app::types::{
    role::ProductRole,
    scope::{Door, Scope, ScopeSet},
};

use super::{
    grant::{GrantStatus, Subject},
    resource::DoorSet,
};

/// What is true at the moment of a call.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The door that the call came through.
    pub door: Door,
    /// The resources in the token's audience.
    pub audience: DoorSet,
    /// The token's own scopes, if it was asked for narrower than the grant.
    pub narrowed: Option<ScopeSet>,
    /// What the grant is now.
    pub grant_status: GrantStatus,
    /// The grant's scopes as they are now, expanded.
    pub grant_scopes: ScopeSet,
    /// The grant's resources.
    pub grant_resources: DoorSet,
    /// Whether the client may be used.
    pub client_active: bool,
    /// The most that people allow the client.
    pub ceiling: Option<ScopeSet>,
    /// Whether the user may sign in.
    pub user_active: bool,
    /// The user's role in the product; `None` when they are no longer in it.
    pub role: Option<ProductRole>,
    /// Who acts with the grant.
    pub subject: Subject,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token is not for this door.
    #[error("the token is not for this resource")]
    Audience,
    /// The grant is revoked, expired or never began.
    #[error("the authorization has ended")]
    Grant,
    /// The client is disabled.
    #[error("the app is disabled")]
    Client,
    /// The user is disabled, or not in the product any more.
    #[error("the person no longer has access")]
    Person,
    /// A new consent could add the scope: the only refusal that carries a step-up challenge.
    #[error("the scope {needed} is needed")]
    Scope {
        /// Everything that a token needs for this call, expanded.
        needed: ScopeSet,
    },
    /// The person's role does not reach as far; asking for the scope again would not help.
    #[error("the person's role does not allow this")]
    Role,
    /// People set a limit on the client; asking for the scope again would not help.
    #[error("the app is not allowed to do this here")]
    Ceiling,
}

/// What a token may do at a door, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    effective: ScopeSet,
    role: ProductRole,
    ceiling: ScopeSet,
    subject: Subject,
}

impl Access {
    /// Grant scopes ∩ audience ∩ role ∩ ceiling, further limited by a narrowed token; nothing at all unless grant,
    /// client, user and membership are active.
    ///
    /// # Errors
    /// The [`Refusal`] that makes the token worthless here, whatever the call.
    pub fn evaluate(facts: &Facts) -> Result<Self, Refusal> {
        if facts.grant_status != GrantStatus::Active {
            return Err(Refusal::Grant);
        }
        if !facts.client_active {
            return Err(Refusal::Client);
        }
        let role = facts.role.filter(|_| facts.user_active).ok_or(Refusal::Person)?;
        if !facts.audience.contains(facts.door) || !facts.grant_resources.contains(facts.door) {
            return Err(Refusal::Audience);
        }
        let ceiling = facts.ceiling.unwrap_or(ScopeSet::ALL);
        let effective = facts
            .grant_scopes
            .of_door(facts.door)
            .intersection(role.scopes())
            .intersection(ceiling)
            .intersection(facts.narrowed.unwrap_or(ScopeSet::ALL));
        Ok(Self { effective, role, ceiling, subject: facts.subject })
    }

    /// What is effective.
    pub const fn scopes(&self) -> ScopeSet {
        self.effective
    }

    /// Whether a call that needs this scope gets through.
    ///
    /// # Errors
    /// [`Refusal::Role`] or [`Refusal::Ceiling`] when no consent could help, [`Refusal::Scope`] when one could.
    pub fn permit(&self, needed: Scope) -> Result<(), Refusal> {
        if self.effective.contains(needed) {
            Ok(())
        } else if !self.role.allows(needed.level) {
            Err(Refusal::Role)
        } else if !self.ceiling.contains(needed) || self.subject == Subject::Client {
            // Nobody consents for an app that acts by itself: what it was let to do is its ceiling.
            Err(Refusal::Ceiling)
        } else {
            Err(Refusal::Scope { needed: ScopeSet::EMPTY.with(needed).expanded() })
        }
    }
}

#[cfg(test)]
mod tests {
    use app::types::scope::AccessLevel;

    use super::*;

    fn facts() -> Facts {
        Facts {
            door: Door::Mcp,
            audience: DoorSet::from_stored("mcp"),
            narrowed: None,
            grant_status: GrantStatus::Active,
            grant_scopes: ScopeSet::parse_known("mcp:read mcp:write"),
            grant_resources: DoorSet::from_stored("mcp"),
            client_active: true,
            ceiling: None,
            user_active: true,
            role: Some(ProductRole::Admin),
            subject: Subject::Person,
        }
    }

    const fn mcp(level: AccessLevel) -> Scope {
        Scope::new(Door::Mcp, level)
    }

    #[test]
    fn absent_means_deny() {
        assert!(Access::evaluate(&facts()).is_ok());
        for status in [GrantStatus::Pending, GrantStatus::Revoked, GrantStatus::Expired] {
            let facts = Facts { grant_status: status, ..facts() };
            assert_eq!(Access::evaluate(&facts), Err(Refusal::Grant));
        }
        assert_eq!(Access::evaluate(&Facts { client_active: false, ..facts() }), Err(Refusal::Client));
        assert_eq!(Access::evaluate(&Facts { user_active: false, ..facts() }), Err(Refusal::Person));
        assert_eq!(Access::evaluate(&Facts { role: None, ..facts() }), Err(Refusal::Person));
        assert_eq!(Access::evaluate(&Facts { door: Door::Api, ..facts() }), Err(Refusal::Audience));
        let audience = DoorSet::from_stored("api");
        assert_eq!(Access::evaluate(&Facts { audience, ..facts() }), Err(Refusal::Audience));
    }

    #[test]
    fn every_part_can_only_take_away() {
        let effective = |facts: Facts| Access::evaluate(&facts).unwrap().scopes().to_string();
        assert_eq!(effective(facts()), "mcp:read mcp:write");
        assert_eq!(effective(Facts { role: Some(ProductRole::Viewer), ..facts() }), "mcp:read");
        assert_eq!(
            effective(Facts { ceiling: Some(ScopeSet::parse_known("mcp:read")), ..facts() }),
            "mcp:read"
        );
        assert_eq!(
            effective(Facts { narrowed: Some(ScopeSet::parse_known("mcp:read")), ..facts() }),
            "mcp:read"
        );
        assert_eq!(effective(Facts { narrowed: Some(ScopeSet::ALL), ..facts() }), "mcp:read mcp:write");
    }

    #[test]
    fn m3_m4_a_challenge_only_where_consent_could_help() {
        let access = Access::evaluate(&facts()).unwrap();
        assert_eq!(access.permit(mcp(AccessLevel::Write)), Ok(()));
        assert_eq!(
            access.permit(mcp(AccessLevel::Admin)),
            Err(Refusal::Scope { needed: ScopeSet::ALL.of_door(Door::Mcp) })
        );
        let alone = Access::evaluate(&Facts { subject: Subject::Client, ..facts() }).unwrap();
        assert_eq!(alone.permit(mcp(AccessLevel::Admin)), Err(Refusal::Ceiling));
        let editor = Access::evaluate(&Facts { role: Some(ProductRole::Editor), ..facts() }).unwrap();
        assert_eq!(editor.permit(mcp(AccessLevel::Admin)), Err(Refusal::Role));
        let capped = Facts { ceiling: Some(ScopeSet::parse_known("mcp:read")), ..facts() };
        assert_eq!(Access::evaluate(&capped).unwrap().permit(mcp(AccessLevel::Write)), Err(Refusal::Ceiling));
    }
}
