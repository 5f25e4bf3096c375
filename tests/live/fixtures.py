"""Recorded exchanges as files of `tests/it/fixtures/`, which tests/it/replay.rs answers again."""

import base64
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import venvs
from proxy import Proxy

FOLDER = venvs.ROOT / "tests" / "it" / "fixtures"


def run_tests(proxies: dict[Path, Proxy], filters: list[str]) -> bool:
    """Runs the Rust tests with proxies in the place of the replays of these folders, and says whether all passed."""
    where = ",".join(f"{folder.name}={through.uri}" for folder, through in proxies.items())
    tests = ["cargo", "test", "--locked", "--test", "it", "--", *filters]
    # Each test asks several servers; more tests at once would only wait for their databases.
    environment = os.environ | {"TRACKER_MCP_RECORD": where, "RUST_TEST_THREADS": "2"}
    return subprocess.run(tests, cwd=venvs.ROOT, env=environment, check=False).returncode == 0


def write(through: Proxy, folder: Path) -> str:
    """One file per answer with the requests that had it; the same request must have had the same answer each time.

    The proxy's address becomes `{{server}}`: the replay puts its own there. Says how much it was.
    """
    answers: dict[str, bytes] = {}
    files: dict[tuple, dict[str, dict]] = {}
    for exchange in through.exchanges:
        request = {
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query,
            "body": json.loads(exchange.body) if exchange.body else None,
            "range": exchange.range,
        }
        question = json.dumps(request, sort_keys=True)
        if question in answers:
            if _comparable(answers[question]) != _comparable(exchange.answer):
                both = f"{answers[question][:500]!r} and {exchange.answer[:500]!r}"
                sys.exit(f"{folder.name}: {question} had two answers; fixtures could not be replayed: {both}")
            continue
        answers[question] = exchange.answer
        content = exchange.answer.replace(through.uri.encode(), b"{{server}}")
        answer = (exchange.path, exchange.status, exchange.content_type, exchange.content_range, content)
        files.setdefault(answer, {})[question] = request
    for (path, status, content_type, content_range, body), requests in files.items():
        content = {
            "requests": [_short(requests[question]) for question in sorted(requests)],
            "response": {"status": status, "content_type": content_type} | _body(body),
        }
        if content_range:
            content["response"]["content_range"] = content_range
        digest = hashlib.sha256("".join(sorted(requests)).encode()).hexdigest()
        (folder / f"{_name(path)}-{digest[:10]}.json").write_text(_laid_out(content))
    size = sum(file.stat().st_size for file in folder.iterdir())
    return f"{folder.name}: {len(answers)} exchanges, {size / 1000:.0f} kB"


def _comparable(answer: bytes) -> bytes:
    """Without the marks by which a server knows where a client was, which are others each time."""
    return re.sub(rb'"scroll_id":"[^"]*"', b"", answer)


def _name(path: str) -> str:
    """The words at the end of a path: `runs-search`; of an endpoint of ClearML both its parts: `tasks-get_all_ex`."""
    endpoint = re.fullmatch(r"/v[\d.]+/(\w+)\.(\w+)", path)
    return "-".join(endpoint.groups() if endpoint else re.findall(r"[a-z-]+", path)[-2:])


def _body(content: bytes) -> dict[str, str]:
    try:
        return {"body": _compact(content.decode())}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _short(request: dict) -> dict:
    """Without the parts that it does not have."""
    return {part: value for part, value in request.items() if value not in (None, "")}


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
