"""An MCP server over streamable HTTP, by the reference SDK: mcp_http_server.py PORT [json]. It adds numbers and counts calls."""

import sys

from mcp.server.fastmcp import FastMCP

server = FastMCP("adder", host="127.0.0.1", port=int(sys.argv[1]), json_response="json" in sys.argv[2:])
calls = 0


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    global calls
    calls += 1
    return a + b


@server.tool()
def count() -> int:
    """How many sums were made so far."""
    return calls


server.run(transport="streamable-http")
