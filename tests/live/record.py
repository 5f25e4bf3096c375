#!/usr/bin/env python3
"""Records what the binary asks a real MLflow and what that answers, as fixtures for the Rust tests.

A small server is started and filled; then each command of recordings.json is run as `tracker-mcp call TOOL JSON`
through a recording proxy. One file per exchange; a request that was recorded before is not recorded again.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import venvs
from proxy import Exchange, proxy
from servers import mlflow_server

HERE = Path(__file__).resolve().parent
FIXTURES = venvs.ROOT / "tests" / "it" / "fixtures"

# Epoch milliseconds in a filter come from a clock, so they differ with every call; replaying ignores them.
MILLISECONDS = re.compile(r"\b\d{13}\b")


def main() -> None:
    arguments = _arguments()
    for short in venvs.VERSIONS if arguments.version == "all" else [arguments.version]:
        version = venvs.VERSIONS[short]
        folder = arguments.out / f"mlflow-{version}"
        written = _record(venvs.python(short), version, arguments.binary.resolve(), arguments.commands, folder)
        print(f"{folder}: {written} exchanges")


def _record(python: Path, version: str, binary: Path, commands: Path, folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with mlflow_server(python, version) as server, tempfile.TemporaryDirectory() as home:
        ids_file = Path(home) / "ids.json"
        populate = [str(python), str(HERE / "populate.py"), server.uri, "--small", "--json", str(ids_file)]
        subprocess.run(populate, check=True, stdout=subprocess.DEVNULL)
        ids = json.loads(ids_file.read_text())
        (folder / "ids.json").write_text(json.dumps(ids, ensure_ascii=False, indent=1) + "\n")
        recorded: dict[tuple, str] = {}
        with proxy(server.uri) as through:
            for command in json.loads(commands.read_text()):
                through.forget()
                _call(binary, through.uri, Path(home), command["tool"], _filled_in(command["arguments"], ids))
                _keep(through.exchanges, recorded, command["name"], version, folder)
    return len(recorded)


def _call(binary: Path, uri: str, home: Path, tool: str, arguments: dict) -> None:
    """One question; a refusal is an answer too, so the exit code does not matter, but a crash does."""
    environment = {"HOME": str(home), "PATH": os.environ.get("PATH", ""), "MLFLOW_TRACKING_URI": uri}
    command = [str(binary), "call", tool, json.dumps(arguments, ensure_ascii=False)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    if done.returncode < 0 or "panicked" in done.stderr:
        sys.exit(f"{' '.join(command)} broke off with {done.returncode}:\n{done.stderr}")


def _filled_in(value: object, ids: dict) -> object:
    """Puts the server's ids where `{runs.parent}` or `{bench.0}` stands."""
    if isinstance(value, dict):
        return {key: _filled_in(entry, ids) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled_in(entry, ids) for entry in value]
    if isinstance(value, str) and (place := re.fullmatch(r"\{([a-z_.0-9]+)\}", value)):
        for step in place[1].split("."):
            ids = ids[int(step)] if isinstance(ids, list) else ids[step]
        return ids
    return value


def _keep(exchanges: list[Exchange], recorded: dict[tuple, str], name: str, version: str, folder: Path) -> None:
    """Writes the exchanges that are new; the same question must have had the same answer before."""
    number = 0
    for exchange in exchanges:
        body = exchange.body.decode()
        question = (exchange.method, exchange.path, exchange.query, MILLISECONDS.sub("0", body))
        answer = exchange.answer.decode()
        if question in recorded:
            if recorded[question] != answer:
                sys.exit(f"{name}: {exchange.path} was answered differently before; fixtures could not be replayed")
            continue
        recorded[question] = answer
        number += 1
        file = f"{name}-{number}"
        (folder / f"{file}.json").write_text(_fixture(file, version, exchange, body, answer))


def _fixture(name: str, version: str, exchange: Exchange, body: str, answer: str) -> str:
    content = {
        "name": name,
        "server": {"version": version},
        "request": {
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query,
            "body": json.loads(body) if body else None,
        },
        # The answer's body stays text, byte for byte: it may not be JSON, and NaN and long numbers must survive.
        "response": {
            "status": exchange.status,
            "headers": {"content-type": exchange.content_type},
            "body": answer,
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = venvs.ROOT / "target" / "release" / "tracker-mcp"
    parser.add_argument("--binary", type=Path, default=default, help="the binary that asks (default: %(default)s)")
    parser.add_argument("--version", choices=[*venvs.VERSIONS, "all"], default="all", help="of MLflow: 3, 2 or all")
    parser.add_argument("--commands", type=Path, default=HERE / "recordings.json", help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=FIXTURES, help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    main()
