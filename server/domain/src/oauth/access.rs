//! The one rule that decides every call (`design.md`, «One rule decides every call»).

use types::{
    grant::{GrantStatus, Subject},
    role::ProductRole,
    scope::{Resource, ResourceSet, Scope, ScopeSet},
};

/// The facts at the moment of a call.
#[derive(Clone, Debug)]
pub struct AccessContext<'a> {
    /// The resource that the call came through.
    pub resource: Resource,
    /// The resources in the token's audience.
    pub audience: ResourceSet,
    /// The token's own scopes, if it was asked for narrower than the grant.
    pub narrowed: Option<&'a ScopeSet>,
    /// The state of the grant.
    pub grant_status: GrantStatus,
    /// The grant's scopes as they are now, expanded.
    pub grant_scopes: &'a ScopeSet,
    /// The grant's resources.
    pub grant_resources: ResourceSet,
    /// Says if the client may be used.
    pub client_active: bool,
    /// The most that people allow the client.
    pub ceiling: Option<&'a ScopeSet>,
    /// Says if the user may sign in.
    pub user_active: bool,
    /// The user's role in the product; `None` when they are no longer in it.
    pub role: Option<ProductRole>,
    /// The one who acts with the grant.
    pub subject: Subject,
}

/// The reason why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token is not for this resource.
    #[error("the token is not for this resource")]
    Audience,
    /// The grant is revoked, expired or never began.
    #[error("the authorization has ended")]
    Grant,
    /// The grant is paused: the token is good, and will work again.
    #[error("the person paused this access")]
    Paused,
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

/// The access of a token at a resource, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    effective: ScopeSet,
    role: ProductRole,
    ceiling: Option<ScopeSet>,
    subject: Subject,
}

impl Access {
    /// Grant scopes ∩ audience ∩ role ∩ ceiling, further limited by a narrowed token; nothing at all unless grant,
    /// client, user and membership are active.
    ///
    /// # Errors
    /// The [`Refusal`] of whatever call: of a token that is worthless here, or of one that is paused.
    pub fn evaluate(context: &AccessContext<'_>) -> Result<Self, Refusal> {
        if !context.grant_status.is_live() {
            return Err(Refusal::Grant);
        }
        if !context.client_active {
            return Err(Refusal::Client);
        }
        if !context.audience.contains(context.resource) || !context.grant_resources.contains(context.resource)
        {
            return Err(Refusal::Audience);
        }
        let role = context.role.filter(|_| context.user_active).ok_or(Refusal::Person)?;
        if context.grant_status == GrantStatus::Paused {
            return Err(Refusal::Paused);
        }
        let here = context.grant_scopes.of_resource(context.resource).intersection(&role.scopes());
        let limits = [context.ceiling, context.narrowed].into_iter().flatten();
        let effective = limits.fold(here, |scopes, limit| scopes.intersection(limit));
        Ok(Self { effective, role, ceiling: context.ceiling.cloned(), subject: context.subject })
    }

    /// The effective scopes.
    pub const fn scopes(&self) -> &ScopeSet {
        &self.effective
    }

    /// Lets a call through that needs this scope.
    ///
    /// # Errors
    /// [`Refusal::Role`] or [`Refusal::Ceiling`] when no consent could help, [`Refusal::Scope`] when one could.
    pub fn authorize(&self, needed: Scope) -> Result<(), Refusal> {
        if self.effective.contains(needed) {
            Ok(())
        } else if !self.role.allows(needed.level) {
            Err(Refusal::Role)
        } else if self.ceiling.as_ref().is_some_and(|ceiling| !ceiling.contains(needed))
            || self.subject == Subject::Client
        {
            // Nobody consents for an app that acts by itself: what it was let to do is its ceiling.
            Err(Refusal::Ceiling)
        } else {
            Err(Refusal::Scope { needed: ScopeSet::EMPTY.with(needed).expanded() })
        }
    }
}

#[cfg(test)]
mod tests {
    use types::scope::AccessLevel;

    use super::*;

    fn context(scopes: &ScopeSet) -> AccessContext<'_> {
        AccessContext {
            resource: Resource::Mcp,
            audience: std::iter::once(Resource::Mcp).collect(),
            narrowed: None,
            grant_status: GrantStatus::Active,
            grant_scopes: scopes,
            grant_resources: std::iter::once(Resource::Mcp).collect(),
            client_active: true,
            ceiling: None,
            user_active: true,
            role: Some(ProductRole::Admin),
            subject: Subject::Person,
        }
    }

    const fn mcp(level: AccessLevel) -> Scope {
        Scope::new(Resource::Mcp, level)
    }

    #[test]
    fn absent_means_deny() {
        let scopes = ScopeSet::parse_known("mcp:read mcp:write");
        assert!(Access::evaluate(&context(&scopes)).is_ok());
        for status in [GrantStatus::Pending, GrantStatus::Revoked, GrantStatus::Expired] {
            let other = AccessContext { grant_status: status, ..context(&scopes) };
            assert_eq!(Access::evaluate(&other), Err(Refusal::Grant));
        }
        let paused = AccessContext { grant_status: GrantStatus::Paused, ..context(&scopes) };
        assert_eq!(Access::evaluate(&paused), Err(Refusal::Paused));
        assert_eq!(Access::evaluate(&AccessContext { role: None, ..paused }), Err(Refusal::Person));
        assert_eq!(
            Access::evaluate(&AccessContext { client_active: false, ..context(&scopes) }),
            Err(Refusal::Client)
        );
        assert_eq!(
            Access::evaluate(&AccessContext { user_active: false, ..context(&scopes) }),
            Err(Refusal::Person)
        );
        assert_eq!(Access::evaluate(&AccessContext { role: None, ..context(&scopes) }), Err(Refusal::Person));
        assert_eq!(
            Access::evaluate(&AccessContext { resource: Resource::Api, ..context(&scopes) }),
            Err(Refusal::Audience)
        );
        let audience = std::iter::once(Resource::Api).collect();
        assert_eq!(Access::evaluate(&AccessContext { audience, ..context(&scopes) }), Err(Refusal::Audience));
    }

    #[test]
    fn every_part_can_only_take_away() {
        let scopes = ScopeSet::parse_known("mcp:read mcp:write");
        let effective = |context: AccessContext<'_>| Access::evaluate(&context).unwrap().scopes().to_string();
        assert_eq!(effective(context(&scopes)), "mcp:read mcp:write");
        assert_eq!(
            effective(AccessContext { role: Some(ProductRole::Viewer), ..context(&scopes) }),
            "mcp:read"
        );
        let read = ScopeSet::parse_known("mcp:read");
        assert_eq!(effective(AccessContext { ceiling: Some(&read), ..context(&scopes) }), "mcp:read");
        assert_eq!(effective(AccessContext { narrowed: Some(&read), ..context(&scopes) }), "mcp:read");
        let all = AccessContext { narrowed: Some(&ScopeSet::ALL), ..context(&scopes) };
        assert_eq!(effective(all), "mcp:read mcp:write");
    }

    #[test]
    fn m3_m4_a_challenge_only_where_consent_could_help() {
        let scopes = ScopeSet::parse_known("mcp:read mcp:write");
        let access = Access::evaluate(&context(&scopes)).unwrap();
        assert_eq!(access.authorize(mcp(AccessLevel::Write)), Ok(()));
        assert_eq!(
            access.authorize(mcp(AccessLevel::Admin)),
            Err(Refusal::Scope { needed: ScopeSet::ALL.of_resource(Resource::Mcp) })
        );
        let alone =
            Access::evaluate(&AccessContext { subject: Subject::Client, ..context(&scopes) }).unwrap();
        assert_eq!(alone.authorize(mcp(AccessLevel::Admin)), Err(Refusal::Ceiling));
        let editor =
            Access::evaluate(&AccessContext { role: Some(ProductRole::Editor), ..context(&scopes) }).unwrap();
        assert_eq!(editor.authorize(mcp(AccessLevel::Admin)), Err(Refusal::Role));
        let read = ScopeSet::parse_known("mcp:read");
        let capped = AccessContext { ceiling: Some(&read), ..context(&scopes) };
        assert_eq!(
            Access::evaluate(&capped).unwrap().authorize(mcp(AccessLevel::Write)),
            Err(Refusal::Ceiling)
        );
    }
}
