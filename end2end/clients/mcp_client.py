"""An MCP client in Python, as the MCP SDK makes one, for the browser tests: they play the person.

`mcp_client.py <MCP URL> <redirect URI> <name> [client ID document]` does what `server/examples/rmcp_client.rs` does, and
says the same lines. The SDK decides by itself when to refresh and when to ask a person, at first, for more or again.
"""

import asyncio
import sys
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken


def say(line: str) -> None:
    print(line, flush=True)


async def next_line() -> str:
    return (await asyncio.to_thread(sys.stdin.readline)).strip()


class Memory(TokenStorage):
    """What the SDK keeps between connections."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Who is asked to authorize the client, until they leave."""

    left = False
    asked_in_vain = False

    async def asked(self, url: str) -> None:
        if self.left:
            self.asked_in_vain = True
            raise RuntimeError("nobody is there to authorize the client")
        say(f"authorize {url}")

    async def answer(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**dict(parse_qsl(urlsplit(await next_line()).query)))


async def call(client: Client, tool: str, **arguments: str) -> None:
    """Calls a tool, and says so when the tool did its work."""
    result = await client.call_tool(tool, arguments)
    say("failed" if result.is_error else "called")


async def main(mcp: str, redirect_uri: str, name: str, document: str | None = None) -> None:
    memory, person = Memory(), Person()
    metadata = OAuthClientMetadata(client_name=name, redirect_uris=[redirect_uri])
    provider = OAuthClientProvider(mcp, metadata, memory, person.asked, person.answer, client_metadata_url=document)
    try:
        async with (
            httpx2.AsyncClient(auth=provider, timeout=30) as http,
            Client(streamable_http_client(mcp, http_client=http)) as client,
        ):
            before = memory.tokens.access_token
            provider.context.token_expiry_time = 1  # The first second of 1970.
            await client.list_tools()
            say("refreshed true" if memory.tokens.access_token != before else "refreshed false")
            await call(client, "list_work_items")
            await call(client, "create_work_item", title=name)
            await next_line()
            person.left = True
            await call(client, "list_work_items")
    except Exception:
        if not person.asked_in_vain:
            raise
        say("refused")


asyncio.run(main(*sys.argv[1:]))
