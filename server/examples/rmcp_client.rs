//! An MCP client in Rust, as rmcp makes one, for the browser tests: they play the person.
//!
//! `rmcp_client <MCP URL> <redirect URI> <name> [client ID document]` gets a token, refreshes it, and calls a tool that
//! reads, one that writes, and again the one that reads. It prints a line for each step, and waits for a line where a
//! step needs somebody:
//!
//! - `authorize <URL>`: a person has to agree, at first or to more. Waits for the address that the browser came back to.
//! - `refreshed true`: it has another token, and nobody was asked.
//! - `called`: a tool did its work. After the one that writes it waits for anything, to go on.
//! - `refused`: the server takes the token no longer.

use std::{
    error::Error,
    io::{self, BufRead},
};

use rmcp::{
    RoleClient, ServiceExt,
    model::CallToolRequestParams,
    object,
    service::{Peer, ServiceError},
    transport::{
        StreamableHttpClientTransport,
        auth::{AuthClient, AuthorizationCallback, AuthorizationManager, AuthorizationRequest, OAuthState},
        streamable_http_client::{
            AuthRequiredError, InsufficientScopeError, StreamableHttpClientTransportConfig,
        },
    },
};

fn next_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Calls a tool with whatever token there is, and says so when the tool did its work.
async fn call(client: &Peer<RoleClient>, tool: CallToolRequestParams) -> Result<(), ServiceError> {
    let result = client.call_tool(tool).await?;
    println!("{}", if result.is_error == Some(true) { "failed" } else { "called" });
    Ok(())
}

/// How the server refused a call, if that is why the call failed.
fn refusal<E: Error + 'static>(error: &ServiceError) -> Option<&E> {
    let ServiceError::TransportSend(error) = error else { return None };
    error.error.source()?.downcast_ref()
}

/// Asks the person for the scopes that a call needs, beside those that there are.
async fn step_up(
    manager: &AuthorizationManager,
    refusal: &InsufficientScopeError,
) -> Result<(), Box<dyn Error>> {
    let needed = refusal.get_required_scope().ok_or("the server does not say what it needs")?;
    println!("authorize {}", manager.request_scope_upgrade(needed).await?);
    let answer = AuthorizationCallback::from_redirect_url(&next_line()?)?;
    manager
        .exchange_code_for_token_with_issuer(&answer.code, &answer.csrf_token, answer.issuer.as_deref())
        .await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: rmcp_client MCP REDIRECT NAME [DOCUMENT]");
    let (mcp, redirect_uri, name) = (argument()?, argument()?, argument()?);
    let read = CallToolRequestParams::new("list_work_items");
    let write =
        CallToolRequestParams::new("create_work_item").with_arguments(object!({ "title": name.clone() }));
    let mut request = AuthorizationRequest::new(redirect_uri).with_client_name(name);
    if let Ok(document) = argument() {
        request = request.with_client_metadata_url(document);
    }
    let mut state = OAuthState::new(&mcp, None).await?;
    state.start_authorization(request).await?;
    println!("authorize {}", state.get_authorization_url().await?);
    state.handle_callback_url(&next_line()?).await?;
    let manager: AuthorizationManager = state.into_authorization_manager().ok_or("not authorized")?;
    let before = manager.get_access_token().await?;
    manager.refresh_token().await?;
    println!("refreshed {}", before != manager.get_access_token().await?);

    let authorized = AuthClient::new(reqwest::Client::new(), manager);
    let config = StreamableHttpClientTransportConfig::with_uri(mcp);
    let client = ().serve(StreamableHttpClientTransport::with_client(authorized.clone(), config)).await?;
    call(&client, read.clone()).await?;
    let Err(error) = call(&client, write.clone()).await else {
        return Err("it may write already".into());
    };
    let refused = refusal(&error).ok_or_else(|| error.to_string())?;
    step_up(&*authorized.auth_manager.lock().await, refused).await?;
    call(&client, write).await?;
    next_line()?;
    match call(&client, read).await {
        Err(error) if refusal::<AuthRequiredError>(&error).is_some() => println!("refused"),
        other => other?,
    }
    Ok(())
}
