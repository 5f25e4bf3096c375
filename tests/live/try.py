#!/usr/bin/env python3
"""Shows what tracker-mcp does: a real MLflow server with sample data, five questions, and the answers to them.

Needs a Rust toolchain and Python 3.11 or 3.12 with venv, nothing else. Makes the environment and builds the binary
where they are missing, asks through the official MCP client, and stops everything at the end.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

import venvs
from servers import mlflow_server

# A question as a person asks it, and the call that an assistant makes of it.
QUESTIONS = [
    ("Which projects are there?", "list_projects", {}),
    ("What is logged in bench, and how did its runs end?", "get_project", {"project": "bench"}),
    (
        "Which runs failed?",
        "search_runs",
        {"status": ["failed"], "columns": ["name", "project", "started", "duration", "user"]},
    ),
    (
        "Which finished runs of bench reach a val_f1 above 0.2? The best first, with optimizer and learning rate.",
        "search_runs",
        {
            "projects": ["bench"],
            "filter": "metrics.val_f1 > 0.2 and status = 'finished'",
            "order_by": "metrics.val_f1 desc",
            "columns": ["name", "metrics.val_f1", "params.optimizer", "params.lr"],
        },
    ),
    (
        "Show me the best run of bench: everything that was logged.",
        "get_runs",
        {"runs": ["best val_f1 in bench"]},
    ),
]


def main() -> None:
    arguments = _arguments()
    # A terminated run still leaves through its `finally`s, which stop the server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    python = venvs.python("3")
    if Path(sys.prefix) != python.parent.parent:
        # MLflow and the MCP client live in the environment.
        os.execv(python, [str(python), __file__, *sys.argv[1:]])
    binary = _built(arguments.binary)
    _say("starting an MLflow server")
    with mlflow_server(python, venvs.VERSIONS["3"]) as server, tempfile.TemporaryDirectory() as home:
        _say(f"MLflow {server.version} at {server.uri}; filling it with sample data")
        _fill(server.uri)
        asyncio.run(_ask(binary, server.uri, Path(home)))


def _built(binary: Path) -> Path:
    if not binary.is_file():
        _say(f"building {binary.name}, which takes a few minutes once")
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=venvs.ROOT, check=True)
    return binary.resolve()


def _fill(uri: str) -> None:
    from populate import populate

    with contextlib.redirect_stdout(io.StringIO()):
        populate(uri, small=True)


async def _ask(binary: Path, uri: str, home: Path) -> None:
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    environment = {"HOME": str(home), "PATH": os.environ.get("PATH", ""), "MLFLOW_TRACKING_URI": uri}
    parameters = StdioServerParameters(command=str(binary), env=environment)
    with open(home / "tracker-mcp.log", "w") as log:
        async with Client(stdio_client(parameters, errlog=log), read_timeout_seconds=45) as client:
            us = client.server_info
            _say(f"{us.name} {us.version} speaks MCP {client.protocol_version}")
            for number, (question, tool, arguments) in enumerate(QUESTIONS, start=1):
                started = time.monotonic()
                result = await client.call_tool(tool, arguments)
                took = time.monotonic() - started
                text = "\n".join(block.text for block in result.content if block.type == "text")
                print(f"\n{number}. {question}\n   {tool} {json.dumps(arguments, ensure_ascii=False)}\n")
                print(_indented(_aligned(text)))
                print(f"   ({took * 1000:.0f} ms, {len(text):,} characters)", flush=True)
                if result.is_error:
                    sys.exit("the call failed")


def _aligned(text: str) -> str:
    """Markdown tables with columns of equal width; all else as it is."""
    lines, table = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(re.split(r"(?<!\\)\|", line[1:-1]))
            continue
        if table:
            widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
            for row in table:
                rule = set("".join(row)) == {"-"}
                cells = ("-" * width if rule else cell + " " * (width - _width(cell)) for cell, width in zip(row, widths))
                lines.append("  ".join(cells).rstrip())
            table = []
        lines.append(line)
    return "\n".join(lines).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _indented(text: str) -> str:
    return "\n".join(f"   {line}".rstrip() for line in text.splitlines())


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = venvs.ROOT / "target" / "release" / "tracker-mcp"
    parser.add_argument("--binary", type=Path, default=default, help="the binary to ask (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
