//! The registry: everything that the workspace can do, each thing declared once and reached through MCP, REST and
//! the pages.

mod deletion;
mod error;
pub mod page;
pub mod product_data;
mod running;
mod schema;
pub mod work_items;

use std::{future::Future, pin::Pin, sync::Arc};

use schemars::JsonSchema;
use serde_json::Value;
use types::{
    procedure::{Effect, Signature},
    scope::AccessLevel,
};

pub use self::{
    deletion::{count_data, remove_data},
    error::ProcedureError,
    running::{Part, Progress, Running, Step},
    schema::JsonObject,
};
use crate::{
    clock::Clock,
    db::Database,
    error::Error,
    oauth::{caller::Caller, text},
};

/// The means that procedures work with.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The way to whoever wants to hear how far a run is.
    pub progress: Progress,
}

/// The declaration of one procedure. It gives the MCP tool and the REST route; pages call it by its [`Signature`].
pub trait Declaration: Signature<Input: JsonSchema, Output: JsonSchema> {
    /// The tool's name for people.
    const TITLE: &'static str;
    /// One or two sentences for people and models: what it does and what it answers.
    const DESCRIPTION: &'static str;
    /// The access level that a caller needs.
    const LEVEL: AccessLevel;
    /// The effect of a call on data.
    const EFFECT: Effect;
    /// The REST path under `/api/v1`. Its `{parameters}` are fields of the input.
    const PATH: &'static str;
    /// Says if a run tells of its steps by [`Context::progress`]. REST then answers as a stream of events to those who
    /// accept one, and MCP sends notifications of progress to those who ask for them.
    const STREAMS: bool = false;

    /// Does it. Called by [`call`] only, which has asked for the caller's permission.
    fn run(
        context: &Context,
        caller: &Caller,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, ProcedureError>> + Send;
}

/// Runs a procedure: the one way to do so, for MCP, REST and pages. The caller is asked for permission here whatever
/// was asked before.
///
/// # Errors
/// [`ProcedureError`] says what the caller may know.
pub async fn call<D: Declaration>(
    context: &Context,
    caller: &Caller,
    arguments: Value,
) -> Result<D::Output, ProcedureError> {
    caller.authorize(D::LEVEL).map_err(ProcedureError::Refused)?;
    let input = serde_path_to_error::deserialize(arguments).map_err(error::bad_arguments)?;
    D::run(context, caller, input).await
}

type Run<'a> = Pin<Box<dyn Future<Output = Result<Value, ProcedureError>> + Send + 'a>>;

/// A declared procedure, without its types.
pub struct Procedure {
    /// The tool's name.
    pub name: &'static str,
    /// The tool's name for people.
    pub title: &'static str,
    /// Its description, for people and models.
    pub description: &'static str,
    /// The access level that a caller needs.
    pub level: AccessLevel,
    /// The effect of a call on data.
    pub effect: Effect,
    /// The REST path under `/api/v1`.
    pub path: &'static str,
    /// Says if a run tells of its steps.
    pub streams: bool,
    /// The JSON Schema of the arguments.
    pub input_schema: Arc<JsonObject>,
    /// The JSON Schema of the answer.
    pub output_schema: Arc<JsonObject>,
    run: for<'a> fn(&'a Context, &'a Caller, Value) -> Run<'a>,
}

impl Procedure {
    /// The procedure that `D` declares.
    pub fn of<D: Declaration>() -> Arc<Self> {
        Arc::new(Self {
            name: D::NAME,
            title: D::TITLE,
            description: D::DESCRIPTION,
            level: D::LEVEL,
            effect: D::EFFECT,
            path: D::PATH,
            streams: D::STREAMS,
            input_schema: Arc::new(schema::of_input::<D::Input>()),
            output_schema: Arc::new(schema::of_output::<D::Output>()),
            run: |context, caller, arguments| {
                Box::pin(async move {
                    let output = call::<D>(context, caller, arguments).await?;
                    serde_json::to_value(output)
                        .map_err(|error| Error::Corrupt { column: D::NAME, value: error.to_string() }.into())
                })
            },
        })
    }

    /// Runs the procedure.
    ///
    /// # Errors
    /// As [`call`].
    pub async fn call(
        &self,
        context: &Context,
        caller: &Caller,
        arguments: JsonObject,
    ) -> Result<Value, ProcedureError> {
        let arguments = schema::read(&self.input_schema, arguments).map_err(|field| {
            ProcedureError::Invalid { field: Some(field), message: "may not be null".to_owned() }
        })?;
        (self.run)(context, caller, Value::Object(arguments)).await
    }

    /// Runs the procedure for a caller that hears of its steps.
    pub fn start(self: &Arc<Self>, context: Context, caller: Caller, arguments: JsonObject) -> Running {
        Running::new(Arc::clone(self), context, caller, arguments)
    }
}

/// Every procedure of the workspace.
pub struct Registry(Vec<Arc<Procedure>>);

impl Registry {
    /// A registry of these procedures.
    pub const fn new(procedures: Vec<Arc<Procedure>>) -> Self {
        Self(procedures)
    }

    /// The procedures of a workspace.
    pub fn workspace() -> Self {
        Self::new(work_items::procedures().into())
    }

    /// The procedures in the order in which clients list them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Procedure>> {
        self.0.iter()
    }

    /// The procedure of this name.
    pub fn find(&self, name: &str) -> Option<&Arc<Procedure>> {
        self.iter().find(|procedure| procedure.name == name)
    }
}

/// Refuses an argument that does something to what stands around it.
fn keeps_to_itself(field: &str, text: &str) -> Result<(), ProcedureError> {
    text::keeps_to_itself(text)
        .map_err(|flaw| ProcedureError::Invalid { field: Some(field.to_owned()), message: flaw.to_string() })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_routes_are_unique() {
        let registry = Registry::workspace();
        let names: HashSet<_> = registry.iter().map(|procedure| procedure.name).collect();
        let routes: HashSet<_> =
            registry.iter().map(|procedure| (procedure.effect, procedure.path)).collect();
        assert_eq!((names.len(), routes.len()), (registry.iter().count(), registry.iter().count()));
    }

    #[test]
    fn schemas_are_closed_objects_that_every_client_can_read() {
        for procedure in Registry::workspace().iter() {
            let name = procedure.name;
            assert_eq!(procedure.input_schema["type"], "object", "{name}");
            assert_eq!(procedure.input_schema["additionalProperties"], false, "{name}");
            assert_eq!(procedure.output_schema["type"], "object", "{name}");
            let text = serde_json::to_string(&(&procedure.input_schema, &procedure.output_schema)).unwrap();
            for unreadable in ["$ref", "$defs", "anyOf", "\"null\"", "uint", "\"$schema\""] {
                assert!(!text.contains(unreadable), "{name} has {unreadable}: {text}");
            }
            for (field, schema) in procedure.input_schema["properties"].as_object().unwrap() {
                assert!(schema["description"].is_string(), "{name}.{field} has no description");
                let bounded =
                    ["maxLength", "maximum", "enum"].iter().any(|bound| schema.get(bound).is_some());
                assert!(bounded, "{name}.{field} has no limit: {schema}");
            }
        }
    }

    #[test]
    fn path_parameters_are_required_fields() {
        for procedure in Registry::workspace().iter() {
            let parameters =
                procedure.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            for parameter in parameters {
                let required = procedure.input_schema["required"].as_array().unwrap();
                assert!(
                    required.iter().any(|name| name == parameter),
                    "{} lacks {parameter}",
                    procedure.path
                );
            }
        }
    }
}
