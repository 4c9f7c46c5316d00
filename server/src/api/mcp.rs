//! The MCP server at `I/mcp`: Streamable HTTP without sessions, for the revisions from 2025-03-26 to 2026-07-28.

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state, response::Response, routing::any};
use http::StatusCode;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestMethod, CallToolRequestParams, CallToolResponse, CallToolResult,
        CompleteRequestMethod, CompleteRequestParams, CompleteResult, ConstString, ContentBlock,
        CustomRequest, CustomResult, ErrorCode, Implementation, ListPromptsRequestMethod, ListPromptsResult,
        ListResourceTemplatesRequestMethod, ListResourceTemplatesResult, ListResourcesRequestMethod,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam,
        ProgressToken, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use serde_json::Value;
use types::{
    paths,
    procedure::Effect,
    scope::{Resource, Scope},
};

use super::{
    BODY_MAX, json_body,
    messages::{self, TakesEvents},
    origins::Origins,
    require_bearer::{RequireBearer, require_bearer},
};
use crate::log::brief;
use domain::{
    Domain,
    oauth::caller::Caller,
    procedures::{Context, Part, Procedure, ProcedureError, Registry, Running},
};

/// The words that models are told about the server.
const INSTRUCTIONS: &str = "The tools act in one product of a Gatepass workspace, for the person who authorized this \
    connection and within what they allowed.";

/// The route `/mcp`, with everything that stands before it. Requests meet the layers from the last to the first.
pub fn router(domain: Arc<Domain>) -> Router {
    let origins = Origins::of(&domain.config);
    let config = StreamableHttpServerConfig::default()
        // rmcp does not bind sessions to their users.
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(BODY_MAX)
        .with_allowed_hosts(origins.rmcp_hosts())
        .with_allowed_origins(origins.rmcp_origins())
        .enforce_origin_validation();
    let tools = Tools { procedures: domain.procedures.clone(), context: domain.context() };
    let service = StreamableHttpService::new(
        move || Ok(tools.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let guarded = Router::new()
        .route_service(paths::MCP, service)
        .route_layer(from_fn_with_state(domain.clone(), messages::layer))
        .route(&format!("{}/{{*rest}}", paths::MCP), any(not_found))
        .route_layer(from_fn_with_state(RequireBearer { domain, resource: Resource::Mcp }, require_bearer));
    origins.common_layers(guarded)
}

async fn not_found() -> Response {
    json_body::error(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
}

/// The registry as MCP tools.
#[derive(Clone)]
struct Tools {
    procedures: Arc<Registry>,
    context: Context,
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(
                Implementation::new("gatepass", env!("CARGO_PKG_VERSION")).with_title("Gatepass"),
            )
            .with_instructions(INSTRUCTIONS)
    }

    /// Lists every tool, whatever the caller may do now: a call can lead to a wider consent.
    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.procedures.iter().map(|procedure| tool(procedure)).collect()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.procedures.find(name).map(|procedure| tool(procedure))
    }

    // rmcp would answer the next four with empty lists. A method of a capability that the server does not declare is one
    // that it does not have (MCP schema, `MethodNotFoundError`).

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListPromptsRequestMethod>())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListResourcesRequestMethod>())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListResourceTemplatesRequestMethod>())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::method_not_found::<CompleteRequestMethod>())
    }

    /// Messages that rmcp has no type for: unknown methods, and tool calls whose parameters do not fit.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if request.method == CallToolRequestMethod::VALUE {
            return Err(ErrorData::invalid_params(
                "tools/call takes a name and an object of arguments",
                None,
            ));
        }
        // rmcp logs what is answered.
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, brief(request.method), None))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let procedure = self.procedures.find(&request.name).ok_or_else(|| {
            ErrorData::invalid_params(format!("Unknown tool: {}", brief(&*request.name)), None)
        })?;
        let parts = context.extensions.get::<http::request::Parts>();
        let caller = parts
            .and_then(|parts| parts.extensions.get::<Caller>())
            .ok_or_else(|| ErrorData::internal_error("no caller", None))?;
        let arguments = request.arguments.unwrap_or_default();
        let takes_events = parts.is_some_and(|parts| parts.extensions.get::<TakesEvents>().is_some());
        let answer = match context.meta.get_progress_token() {
            Some(token) if procedure.streams && takes_events => {
                let running = procedure.start(self.context.clone(), caller.clone(), arguments);
                with_progress(running, token, &context).await?
            }
            _ => procedure.call(&self.context, caller, arguments).await,
        };
        match answer {
            Ok(answer) => Ok(CallToolResult::structured(answer).into()),
            Err(ProcedureError::Internal(error)) => {
                tracing::error!(%error, tool = procedure.name, "a tool failed inside");
                Err(ErrorData::internal_error("the server could not answer, try again", None))
            }
            // Bad arguments too: a tool error reaches the model, which can mend the call (MCP tools, «Error Handling»).
            Err(error) => {
                tracing::info!(reason = error.kind(), tool = procedure.name, "tool call refused");
                Ok(CallToolResult::error(vec![ContentBlock::text(error.to_string())]).into())
            }
        }
    }
}

/// What comes of a run whose caller is told of its steps (MCP, «Progress»). It ends when the caller cancels it or goes.
async fn with_progress(
    mut running: Running,
    token: ProgressToken,
    context: &RequestContext<RoleServer>,
) -> Result<Result<Value, ProcedureError>, ErrorData> {
    loop {
        let part = tokio::select! {
            part = running.next() => part,
            () = context.ct.cancelled() => None,
        };
        match part {
            Some(Part::Step(step)) => {
                let mut told = ProgressNotificationParam::new(token.clone(), f64::from(step.progress))
                    .with_message(step.message);
                told.total = step.total.map(f64::from);
                // Who does not hear it is gone, and cancels.
                let _ = context.peer.notify_progress(told).await;
            }
            Some(Part::End(answer)) => return Ok(answer),
            None => return Err(ErrorData::internal_error("cancelled", None)),
        }
    }
}

/// A procedure as a tool. Its effect says what calls do to data (MCP schema, `ToolAnnotations`).
fn tool(procedure: &Procedure) -> Tool {
    let effect = procedure.effect;
    let annotations = ToolAnnotations::with_title(procedure.title)
        .read_only(effect == Effect::Read)
        .destructive(!matches!(effect, Effect::Read | Effect::Create))
        .idempotent(!matches!(effect, Effect::Create | Effect::Run))
        .open_world(false);
    let scope = Scope::new(Resource::Mcp, procedure.level);
    Tool::new(
        procedure.name,
        format!("{} Needs {scope}.", procedure.description),
        procedure.input_schema.clone(),
    )
    .with_title(procedure.title)
    .with_raw_output_schema(procedure.output_schema.clone())
    .with_annotations(annotations)
}
