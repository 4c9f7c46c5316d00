//! An MCP client in Rust, as rmcp makes one, for the browser tests: they play the person.
//!
//! `rmcp_client <MCP URL> <redirect URI> <name> [client ID document]` prints one line for each step and waits for one
//! line on standard input where a step needs somebody: after `authorize <URL>` the address that the browser came back
//! to; after `called` and `refused` anything, to go on.

use std::{error::Error, io::BufRead};

use rmcp::{
    ServiceExt,
    model::CallToolRequestParams,
    transport::{
        StreamableHttpClientTransport,
        auth::{AuthClient, AuthorizationManager, AuthorizationRequest, OAuthState},
        streamable_http_client::StreamableHttpClientTransportConfig,
    },
};

fn next_line() -> Result<String, Box<dyn Error>> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Calls a tool with whatever token the manager has or can get.
async fn call(mcp: &str, manager: &AuthClient<reqwest::Client>) -> Result<(), Box<dyn Error>> {
    let config = StreamableHttpClientTransportConfig::with_uri(mcp);
    let transport = StreamableHttpClientTransport::with_client(manager.clone(), config);
    let client = ().serve(transport).await?;
    client.call_tool(CallToolRequestParams::new("list_work_items")).await?;
    client.cancel().await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: rmcp_client MCP REDIRECT NAME [DOCUMENT]");
    let (mcp, redirect_uri, name) = (argument()?, argument()?, argument()?);
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
    let client = AuthClient::new(reqwest::Client::new(), manager);
    call(&mcp, &client).await?;
    println!("called");
    next_line()?;
    match call(&mcp, &client).await {
        Ok(()) => println!("called"),
        Err(_) => println!("refused"),
    }
    Ok(())
}
