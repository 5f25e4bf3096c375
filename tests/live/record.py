#!/usr/bin/env python3
"""Records what the Rust tests ask real MLflow servers and what those answer: `tests/it/fixtures/mlflow-<version>/`.

A server of each version is started and filled with the small data of populate.py; then `cargo test --test it` runs with
a recording proxy in the place of each replay (tests/it/replay.rs). So the fixtures are what the tests ask, no more and
no less, and every recording is a run of the tests against real servers. Nothing is written unless all tests pass.
"""

import argparse
import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import venvs
from proxy import Exchange, Proxy, proxy
from servers import mlflow_server

HERE = Path(__file__).resolve().parent
FIXTURES = venvs.ROOT / "tests" / "it" / "fixtures"


def main() -> None:
    arguments = _arguments()
    with contextlib.ExitStack() as stack:
        proxies = {}
        for short, version in venvs.VERSIONS.items():
            folder = arguments.out / f"mlflow-{version}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            proxies[folder] = _server(stack, venvs.python(short), version, folder)
        where = ",".join(f"{folder.name}={through.uri}" for folder, through in proxies.items())
        tests = ["cargo", "test", "--locked", "--test", "it", "--", *arguments.tests]
        # Each test asks several servers; more tests at once would only wait for SQLite.
        done = subprocess.run(
            tests, cwd=venvs.ROOT, env=os.environ | {"TRACKER_MCP_RECORD": where, "RUST_TEST_THREADS": "2"}, check=False
        )
        if done.returncode and not arguments.keep_going:
            sys.exit("the tests failed against the real servers; nothing was recorded (`git restore tests/it/fixtures`)")
        for folder, through in proxies.items():
            count = _write(through.exchanges, folder)
            size = sum(file.stat().st_size for file in folder.iterdir())
            print(f"{folder.name}: {count} exchanges, {size / 1000:.0f} kB")


def _server(stack: contextlib.ExitStack, python: Path, version: str, folder: Path) -> Proxy:
    """A filled server behind a proxy; the ids that it gave are in the folder before any test asks for them."""
    server = stack.enter_context(mlflow_server(python, version))
    with tempfile.TemporaryDirectory() as home:
        ids = Path(home) / "ids.json"
        populate = [str(python), str(HERE / "populate.py"), server.uri, "--small", "--json", str(ids)]
        subprocess.run(populate, check=True, stdout=subprocess.DEVNULL)
        content = json.dumps(json.loads(ids.read_text()), ensure_ascii=False, indent=1)
    (folder / "ids.json").write_text(content + "\n")
    return stack.enter_context(proxy(server.uri))


def _write(exchanges: list[Exchange], folder: Path) -> int:
    """One file per answer with the requests that had it; the same request must have had the same answer each time."""
    answers: dict[str, bytes] = {}
    files: dict[tuple, dict[str, dict]] = {}
    for exchange in exchanges:
        request = {
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query,
            "body": json.loads(exchange.body) if exchange.body else None,
            "range": exchange.range,
        }
        question = json.dumps(request, sort_keys=True)
        if answers.setdefault(question, exchange.answer) != exchange.answer:
            sys.exit(f"{folder.name}: {question} had two answers; fixtures could not be replayed")
        answer = (exchange.path, exchange.status, exchange.content_type, exchange.content_range, exchange.answer)
        files.setdefault(answer, {})[question] = request
    for (path, status, content_type, content_range, body), requests in files.items():
        content = {
            "requests": [_short(requests[question]) for question in sorted(requests)],
            "response": {"status": status, "content_type": content_type, "body": _compact(body.decode())},
        }
        if content_range:
            content["response"]["content_range"] = content_range
        name = "-".join(re.findall(r"[a-z-]+", path)[-2:])
        digest = hashlib.sha256("".join(sorted(requests)).encode()).hexdigest()
        (folder / f"{name}-{digest[:10]}.json").write_text(_laid_out(content))
    return len(answers)


def _short(request: dict) -> dict:
    """Without the parts that it does not have."""
    return {part: value for part, value in request.items() if value}


def _compact(body: str) -> str:
    """Of a JSON body the space between its tokens is left out; the tokens stay as they came: NaN, long numbers, escapes."""
    try:
        json.loads(body)
    except ValueError:
        return body
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda token: token[1] or "", body)


def _laid_out(content: dict) -> str:
    """A line per request and one for the answer."""
    line = functools.partial(json.dumps, ensure_ascii=False)
    requests = ",\n  ".join(line(request) for request in content["requests"])
    return f'{{\n "requests": [\n  {requests}\n ],\n "response": {line(content["response"])}\n}}\n'


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FIXTURES, help="default: %(default)s")
    parser.add_argument("--keep-going", action="store_true", help="write what was asked although tests failed")
    parser.add_argument("tests", nargs="*", help="only tests with this in their names: then the fixtures are not complete")
    return parser.parse_args()


if __name__ == "__main__":
    main()
