//! The MCP server at `I/mcp`: Streamable HTTP without sessions, for the revisions from 2025-03-26 to 2026-07-28.

use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::any,
};
use http::StatusCode;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestMethod, CallToolRequestParams, CallToolResponse, CallToolResult,
        CompleteRequestMethod, CompleteRequestParams, CompleteResult, ConstString, ContentBlock,
        CustomRequest, CustomResult, ErrorCode, Implementation, ListPromptsRequestMethod, ListPromptsResult,
        ListResourceTemplatesRequestMethod, ListResourceTemplatesResult, ListResourcesRequestMethod,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
        ToolAnnotations,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use types::{
    paths,
    procedure::Effect,
    scope::{Resource, Scope},
};

use super::{
    BODY_MAX, json_body, messages,
    origins::Origins,
    require_bearer::{Guard, require_bearer},
};
use crate::{log::brief, web::security_headers};
use domain::{
    Domain,
    oauth::caller::Caller,
    procedures::{Context, Procedure, ProcedureError, Registry},
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
        .route_layer(from_fn_with_state(Guard { domain, resource: Resource::Mcp }, require_bearer));
    origins.common_layers(guarded).route_layer(from_fn(security_headers::private))
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
        let caller = context
            .extensions
            .get::<http::request::Parts>()
            .and_then(|parts| parts.extensions.get::<Caller>())
            .ok_or_else(|| ErrorData::internal_error("no caller", None))?;
        match procedure.call(&self.context, caller, request.arguments.unwrap_or_default()).await {
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
