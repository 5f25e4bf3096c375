"""The protocol itself, in both of its eras."""

import json
import re
import tomllib

from context import Context
from venvs import ROOT
from wire import wire

TOOLS = {"list_trackers", "list_projects", "get_project", "search_runs", "get_runs"}
LIST_BYTES = 17_000


async def test_the_legacy_era_is_spoken_with_our_own_name_and_version(context: Context) -> None:
    async with context.connect(mode="legacy") as connection:
        assert connection.client.protocol_version == "2025-11-25", connection.client.protocol_version
        _is_us(connection.client)


async def test_the_modern_era_is_spoken_with_our_own_name_and_version(context: Context) -> None:
    async with context.connect(mode="auto") as connection:
        assert connection.client.protocol_version == "2026-07-28", connection.client.protocol_version
        _is_us(connection.client)


def _is_us(client) -> None:
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert client.server_info.name == "tracker-mcp", client.server_info
    assert client.server_info.version == manifest["workspace"]["package"]["version"], client.server_info
    instructions = client.instructions or ""
    assert 0 < len(instructions.encode()) <= 2048, f"instructions of {len(instructions.encode())} bytes"


async def test_both_eras_list_the_same_tools_in_the_same_order(context: Context) -> None:
    lists = []
    for mode in ("legacy", "auto"):
        async with context.connect(mode=mode) as connection:
            tools = (await connection.client.list_tools()).tools
            lists.append([tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools])
    assert lists[0] == lists[1], "the eras differ"
    assert TOOLS <= {tool["name"] for tool in lists[0]}, [tool["name"] for tool in lists[0]]


async def test_the_tool_list_is_small_and_every_argument_is_described(context: Context) -> None:
    with wire(context.binary, context.environment(context.uri)) as process:
        process.initialize()
        process.send("tools/list", ident=1)
        result = process.answer(1)[1]["result"]
    size = len(json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode())
    assert size <= LIST_BYTES, f"tools/list has {size} bytes"
    for tool in result["tools"]:
        _is_well_described(tool)


def _is_well_described(tool: dict) -> None:
    name, schema = tool["name"], tool["inputSchema"]
    assert re.fullmatch(r"[a-z_]{1,32}", name), name
    assert 0 < len(tool["description"]) <= 300, f"{name}: description of {len(tool['description'])}"
    assert schema["type"] == "object" and schema["additionalProperties"] is False, f"{name}: {schema}"
    for argument, described in schema.get("properties", {}).items():
        assert 0 < len(described.get("description", "")) <= 90, f"{name}.{argument}: {described}"
        assert isinstance(described.get("type"), str), f"{name}.{argument} has no plain type: {described}"
    for word in ('"$ref"', '"$defs"', '"$schema"', '"anyOf"', '"format"'):
        assert word not in json.dumps(schema), f"{name}: {word} in the schema"
    hints = tool["annotations"]
    assert hints["readOnlyHint"] is True and hints["destructiveHint"] is False, f"{name}: {hints}"
    assert {"idempotentHint", "openWorldHint"} <= hints.keys() and tool.get("title") or hints.get("title"), hints


async def test_standard_output_carries_json_rpc_and_nothing_else(context: Context) -> None:
    environment = context.environment(context.uri, RUST_LOG="trace")
    with wire(context.binary, environment) as process:
        process.initialize()
        process.send_line(b"this is not json")
        process.send("no/such/method", ident=1)
        calls = [("list_trackers", {}), ("search_runs", {"projects": ["bench"]}), ("get_runs", {"runs": ["nowhere"]})]
        for ident, (tool, arguments) in enumerate(calls, start=2):
            process.send("tools/call", {"name": tool, "arguments": arguments}, ident)
        answered = set()
        while len(answered) < 4:
            answered.add(process.next()[1].get("id"))
            answered.discard(None)
        assert process.close() == 0, "the process did not end well after its input ended"
        assert answered == {1, 2, 3, 4}, answered
        for line in process.lines:
            assert json.loads(line)["jsonrpc"] == "2.0", line


async def test_without_a_tracker_it_starts_and_a_call_says_what_to_set(context: Context) -> None:
    for mode in ("legacy", "auto"):
        async with context.connect(uri=None, mode=mode) as connection:
            assert TOOLS <= {tool.name for tool in (await connection.client.list_tools()).tools}
            said = await connection.refused("search_runs")
            assert "MLFLOW_TRACKING_URI" in said, said
