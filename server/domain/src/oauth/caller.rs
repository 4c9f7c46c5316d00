//! Callers of procedures: the person, what acts for them, and their reach.

use types::{
    grant::Subject,
    id::{ClientId, GrantId, UserId},
    product::ProductRef,
    role::ProductRole,
    scope::{AccessLevel, Resource, Scope},
};

use super::access::{Access, Refusal};

/// A checked caller: a person in one product, and what acts for them. Every access to a product's data starts from one of
/// these.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub user_id: UserId,
    /// The name of the person.
    pub user_name: String,
    /// The one product whose data the caller reaches.
    pub product: ProductRef,
    /// The role of the person in the product, now.
    pub role: ProductRole,
    /// The actor that acts for them.
    pub actor: CallActor,
}

/// An actor that acts for a person.
#[derive(Clone, Debug)]
pub enum CallActor {
    /// A page: the person themselves.
    Page,
    /// An app with an access token.
    App(CallingApp),
    /// A token that an administrator of the product made by hand.
    ApiToken(CallingToken),
    /// A run of a workflow or agent.
    Run(CallingRun),
}

/// The app that acts for a person.
#[derive(Clone, Debug)]
pub struct CallingApp {
    /// Its client ID.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// Says if it acts for the person or by itself.
    pub subject: Subject,
    /// The grant it uses.
    pub grant_id: GrantId,
    /// The resource that it called.
    pub resource: Resource,
    /// The access that the grant gives it there.
    pub access: Access,
}

/// The API token that acts for the administrator who made it.
#[derive(Clone, Debug)]
pub struct CallingToken {
    /// `tok_…`.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The run that acts for whoever started it.
#[derive(Clone, Debug)]
pub struct CallingRun {
    /// `run_…`.
    pub id: String,
    /// The name of the workflow or agent.
    pub name: String,
    /// The actor that started it: the run reaches no further.
    pub started_through: Box<CallActor>,
}

impl Caller {
    /// Lets the caller act at this level.
    ///
    /// # Errors
    /// The [`Refusal`] that says why not.
    pub fn authorize(&self, level: AccessLevel) -> Result<(), Refusal> {
        self.actor.authorize(self.role, level)
    }

    /// The app that calls, also where a run that it started does.
    pub fn app(&self) -> Option<&CallingApp> {
        self.actor.app()
    }

    /// The author of a deed, for people: the person, and what acted for them; an app that acts by itself alone.
    pub fn signature(&self) -> String {
        match &self.actor {
            CallActor::Page => self.user_name.clone(),
            CallActor::App(app) if app.subject == Subject::Client => app.name.clone(),
            CallActor::App(CallingApp { name, .. })
            | CallActor::ApiToken(CallingToken { name, .. })
            | CallActor::Run(CallingRun { name, .. }) => format!("{} through {name}", self.user_name),
        }
    }
}

impl CallActor {
    fn authorize(&self, role: ProductRole, level: AccessLevel) -> Result<(), Refusal> {
        match self {
            Self::App(app) => app.access.authorize(Scope::new(app.resource, level)),
            Self::Run(run) => run.started_through.authorize(role, level),
            Self::Page | Self::ApiToken(_) if role.allows(level) => Ok(()),
            Self::Page | Self::ApiToken(_) => Err(Refusal::Role),
        }
    }

    fn app(&self) -> Option<&CallingApp> {
        match self {
            Self::App(app) => Some(app),
            Self::Run(run) => run.started_through.app(),
            Self::Page | Self::ApiToken(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use types::scope::ScopeSet;

    use super::*;
    use crate::oauth::access::AccessContext;
    use types::{grant::GrantStatus, scope::ResourceSet};

    fn caller(role: ProductRole, actor: CallActor) -> Caller {
        let product =
            ProductRef { organization_id: "org_a".parse().unwrap(), product_id: "prd_a".parse().unwrap() };
        Caller { user_id: "usr_a".parse().unwrap(), user_name: "Mel".to_owned(), product, role, actor }
    }

    fn app(subject: Subject) -> CallActor {
        let mcp: ResourceSet = std::iter::once(Resource::Mcp).collect();
        let access = Access::evaluate(&AccessContext {
            resource: Resource::Mcp,
            audience: mcp,
            narrowed: None,
            grant_status: GrantStatus::Active,
            grant_scopes: &ScopeSet::parse_known("mcp:read"),
            grant_resources: mcp,
            client_active: true,
            ceiling: None,
            user_active: true,
            role: Some(ProductRole::Admin),
            subject,
        });
        CallActor::App(CallingApp {
            client_id: "app_a".parse().unwrap(),
            name: "Claude".to_owned(),
            subject,
            grant_id: "grt_a".parse().unwrap(),
            resource: Resource::Mcp,
            access: access.unwrap(),
        })
    }

    fn run(started_through: CallActor) -> CallActor {
        let started_through = Box::new(started_through);
        CallActor::Run(CallingRun { id: "run_a".to_owned(), name: "Triage".to_owned(), started_through })
    }

    fn token() -> CallActor {
        CallActor::ApiToken(CallingToken { id: "tok_a".to_owned(), name: "Nightly".to_owned() })
    }

    #[test]
    fn a_page_and_a_token_reach_as_far_as_the_person() {
        for actor in [CallActor::Page, token(), run(CallActor::Page), run(token())] {
            let viewer = caller(ProductRole::Viewer, actor.clone());
            assert_eq!(viewer.authorize(AccessLevel::Read), Ok(()));
            assert_eq!(viewer.authorize(AccessLevel::Write), Err(Refusal::Role));
            assert_eq!(caller(ProductRole::Admin, actor).authorize(AccessLevel::Admin), Ok(()));
            assert!(viewer.app().is_none());
        }
    }

    #[test]
    fn a_run_reaches_no_further_than_the_app_that_started_it() {
        for actor in [app(Subject::Person), run(app(Subject::Person)), run(run(app(Subject::Person)))] {
            let caller = caller(ProductRole::Admin, actor);
            assert_eq!(caller.authorize(AccessLevel::Read), Ok(()));
            assert!(matches!(caller.authorize(AccessLevel::Write), Err(Refusal::Scope { .. })));
            assert_eq!(caller.app().map(|app| app.grant_id.as_str()), Some("grt_a"));
        }
    }

    #[test]
    fn people_read_who_did_it_and_through_what() {
        let signature = |actor| caller(ProductRole::Admin, actor).signature();
        assert_eq!(signature(CallActor::Page), "Mel");
        assert_eq!(signature(app(Subject::Person)), "Mel through Claude");
        assert_eq!(signature(app(Subject::Client)), "Claude");
        assert_eq!(signature(token()), "Mel through Nightly");
        assert_eq!(signature(run(app(Subject::Client))), "Mel through Triage");
    }
}
