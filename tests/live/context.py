"""What every test is given: the binary, a populated server, and the official client to bring them together."""

import contextlib
import json
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from answers import Answer
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from reference import Reference

# No call may take longer than this; the binary's own hard limit is 30 s.
CALL_WITHIN_S = 45


@dataclass
class Context:
    """One session of tests against one server."""

    binary: Path
    version: str
    home: Path
    log: TextIO
    uri: str
    ids: dict
    reference: Reference
    # Factor on limits of a few milliseconds, for machines that are shared.
    slack: float = field(default_factory=lambda: float(os.environ.get("TRACKER_MCP_LIVE_SLACK") or 1))
    seen: list[str] = field(default_factory=list)
    # The file in which the server keeps it all, as a tracking URI.
    store: str = ""

    def environment(self, uri: str | None, **more: str) -> dict[str, str]:
        """All that the binary learns from outside: nothing of the caller's own configuration."""
        variables = {"HOME": str(self.home), "PATH": os.environ.get("PATH", "")} | more
        return variables | ({"MLFLOW_TRACKING_URI": uri} if uri else {})

    @contextlib.asynccontextmanager
    async def connect(self, uri: str | None = "", mode: str = "auto", **variables: str) -> AsyncIterator["Connection"]:
        """A new process of the binary; `uri` is the tracker's (default: the populated one, `None`: not set)."""
        environment = self.environment(self.uri if uri == "" else uri, **variables)
        parameters = StdioServerParameters(command=str(self.binary), env=environment, cwd=self.home)
        client = Client(stdio_client(parameters, errlog=self.log), mode=mode, read_timeout_seconds=CALL_WITHIN_S)
        async with client:
            yield Connection(client, self.seen)

    async def ask(self, tool: str, *, uri: str | None = "", **arguments: object) -> Answer:
        """One call over a connection of its own."""
        async with self.connect(uri) as connection:
            return await connection.ask(tool, **arguments)


@dataclass
class Connection:
    """An MCP session with one process of the binary."""

    client: Client
    seen: list[str]

    async def call(self, tool: str, **arguments: object) -> Answer:
        """One call, whether it ends well or not."""
        started = time.monotonic()
        result = await self.client.call_tool(tool, arguments)
        text = "\n".join(block.text for block in result.content if block.type == "text")
        shown = f"{tool} {json.dumps(arguments, ensure_ascii=False)}"
        answer = Answer(shown, result.is_error, text, result.structured_content or {}, time.monotonic() - started)
        self.seen.append(answer.everything())
        return answer

    async def ask(self, tool: str, **arguments: object) -> Answer:
        """One call that must end well."""
        answer = await self.call(tool, **arguments)
        assert not answer.is_error, f"{answer.call} failed: {answer.text}"
        return answer

    async def refused(self, tool: str, **arguments: object) -> str:
        """One call that must be refused; what was said."""
        answer = await self.call(tool, **arguments)
        assert answer.is_error, f"{answer.call} was not refused: {answer.text}"
        return answer.text

    async def all_pages(self, tool: str, **arguments: object) -> list[Answer]:
        """The answer and all that its cursors lead to."""
        pages = [await self.ask(tool, **arguments)]
        while cursor := pages[-1].next_cursor:
            assert len(pages) < 50, f"{pages[0].call} never ends"
            pages.append(await self.ask(tool, **arguments, cursor=cursor))
        return pages

    async def all_ids(self, **arguments: object) -> list[str]:
        """The runs of `search_runs` on all pages."""
        return [run for page in await self.all_pages("search_runs", limit=100, **arguments) for run in page.ids()]
