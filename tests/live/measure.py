#!/usr/bin/env python3
"""Measures the binary against a populated MLflow 3 and prints Markdown tables for docs/performance.md.

Times depend on the machine: compare figures of one run only. Each question is also put straight to MLflow's REST
interface in the same run, as the floor that no client can be below.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import tables
import venvs
from proxy import proxy
from servers import mlflow_server
from wire import Wire, wire

HERE = Path(__file__).resolve().parent
STARTS = 20
REPEATS = 10


def main() -> None:
    arguments = tables.arguments(__doc__)
    binary = arguments.binary.resolve()
    python = venvs.python("3")
    if Path(sys.prefix) != python.parent.parent:
        # psutil lives in the environment.
        os.execv(python, [str(python), __file__, "--binary", str(binary)])
    with mlflow_server(python, venvs.VERSIONS["3"]) as server, tempfile.TemporaryDirectory() as home:
        file = Path(home) / "ids.json"
        subprocess.run(
            [python, HERE / "populate.py", server.uri, "--json", file], check=True, stdout=subprocess.DEVNULL
        )
        ids = json.loads(file.read_text())
        environment = {"HOME": home, "PATH": os.environ.get("PATH", ""), "MLFLOW_TRACKING_URI": server.uri}
        print(f"{platform.machine()}, {os.cpu_count()} cores; MLflow {server.version} on the same machine, SQLite.\n")
        _process(binary, environment, ids)
        _questions(binary, environment, server.uri, ids)


def _process(binary: Path, environment: dict[str, str], ids: dict) -> None:
    """What the program costs before and beside its answers."""
    starts = sorted(_start(binary, environment) for _ in range(STARTS))
    with wire(binary, environment) as process:
        process.initialize()
        process.send("tools/list", ident=1)
        tools = process.answer(1)[1]["result"]
        before = _memory(process)
        for ident, run in enumerate(ids["bench"][:20], start=2):
            _call(process, ident, "get_runs", {"runs": [run]})
        after = _memory(process)
        heavy = {"projects": ["bench"], "columns": ["params.*", "metrics.*"], "limit": 100}
        for ident in range(100, 110):
            _call(process, ident, "search_runs", heavy)
        heaviest = _memory(process)
    compact = len(json.dumps(tools, ensure_ascii=False, separators=(",", ":")).encode())
    tables.table(
        ["the program", "measured"],
        [
            [f"spawn to answer of `initialize`, median of {STARTS} (lowest, highest)", _spread(starts)],
            ["resident memory after `initialize`", f"{before:.1f} MB"],
            ["resident memory after 20 calls", f"{after:.1f} MB"],
            ["resident memory after 10 pages of 100 whole runs more", f"{heaviest:.1f} MB"],
            ["size of the binary", f"{binary.stat().st_size / 1e6:.1f} MB"],
            ["tools, bytes of `tools/list`", f"{len(tools['tools'])}, {compact:,}"],
        ],
    )


def _start(binary: Path, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    with wire(binary, environment) as process:
        process.initialize()
        return time.perf_counter() - started


def _memory(process: Wire) -> float:
    import psutil

    return psutil.Process(process.process.pid).memory_info().rss / 1e6


def _questions(binary: Path, environment: dict[str, str], uri: str, ids: dict) -> None:
    """Each question: its time, its size, its requests, and the same straight to REST."""
    every = [number for name, number in ids["experiments"].items() if name != "retired"]
    bench = ids["experiments"]["bench"]
    invocation = ids["invocation"]["id"]
    best = {"experiment_ids": [bench], "order_by": ["metrics.val_f1 DESC"], "max_results": 5}
    best["filter"] = "metrics.val_f1 < 1.7976931348623157e308"
    by_tag = {"experiment_ids": every, "filter": f"tags.invocation_id = '{invocation}'", "max_results": 100}
    page = {"experiment_ids": [bench], "max_results": 100}
    one = {"experiment_ids": every, "filter": f"attributes.run_id IN ('{ids['bench'][0]}')", "max_results": 1}
    plan = [
        ("list the projects", "list_projects", {}, "experiments/search", {"max_results": 1000}),
        (
            "top 5 of 300 by a metric",
            "search_runs",
            {"projects": ["bench"], "order_by": "metrics.val_f1 desc", "limit": 5},
            "runs/search",
            best,
        ),
        (
            "the runs of an invocation in all projects",
            "search_runs",
            {"query": invocation, "limit": 100},
            "runs/search",
            by_tag,
        ),
        ("100 runs of a project", "search_runs", {"projects": ["bench"], "limit": 100}, "runs/search", page),
        (
            "the course of a metric over 5,000 points",
            "get_metric_history",
            {"runs": [ids["curves"]["spikes"]], "metrics": ["loss"]},
            f"metrics/get-history?run_id={ids['curves']['spikes']}&metric_key=loss",
            None,
        ),
        ("one run by its id", "get_runs", {"runs": [ids["bench"][0]]}, "runs/search", one),
    ]
    rows = [_question(binary, environment, uri, *entry) for entry in plan]
    tables.table(["question", "ms, median of 10", "bytes", "requests", "straight to REST: ms", "REST: bytes"], rows)


def _question(
    binary: Path, environment: dict[str, str], uri: str, title: str, tool: str, arguments: dict, path: str, body: dict | None
) -> list[str]:
    with wire(binary, environment) as process:
        process.initialize()
        answer = _call(process, 1, tool, arguments)
        times = [_timed(lambda ident=ident: _call(process, ident, tool, arguments)) for ident in range(2, 2 + REPEATS)]
    with proxy(uri) as through:
        with wire(binary, environment | {"MLFLOW_TRACKING_URI": through.uri}) as process:
            process.initialize()
            _call(process, 1, tool, arguments)
            requests = through.count()
    size = len(json.dumps(answer["structuredContent"], ensure_ascii=False, separators=(",", ":")).encode())
    floor = [_timed(lambda: _rest(uri, path, body)) for _ in range(REPEATS)]
    bytes_of_rest = len(_rest(uri, path, body))
    return [title, _ms(times), f"{size:,}", str(requests), _ms(floor), f"{bytes_of_rest:,}"]


def _call(process: Wire, ident: int, tool: str, arguments: dict) -> dict:
    process.send("tools/call", {"name": tool, "arguments": arguments}, ident)
    result = process.answer(ident)[1]["result"]
    if result.get("isError"):
        sys.exit(f"{tool} {arguments}: {result['content'][0]['text']}")
    return result


def _rest(uri: str, path: str, body: dict | None) -> bytes:
    """A POST of the body, or a GET without one."""
    headers = {"Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{uri}/api/2.0/mlflow/{path}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _ms(times: list[float]) -> str:
    return f"{statistics.median(times) * 1000:.0f}"


def _spread(times: list[float]) -> str:
    return f"{statistics.median(times) * 1000:.1f} ms ({times[0] * 1000:.1f}–{times[-1] * 1000:.1f})"


if __name__ == "__main__":
    main()
