#!/usr/bin/env python3
"""Puts the same questions to this server and to the MCP servers that people use with MLflow today, in one run against one
MLflow, and prints the Markdown tables of docs/performance.md. An extra: neither the tests nor .ci/run need it.

The peers are pinned in requirements-peers.txt. What a server cannot answer stays empty; where it needs several calls, as
for every run by its id, they are made one after another and counted.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import tables
import venvs
from servers import mlflow_server
from wire import Wire, wire

HERE = Path(__file__).resolve().parent
STARTS = 5
REPEATS = 5
# A question of more calls than this is put once.
MANY_CALLS = 20

Calls = list[tuple[str, dict]]


@dataclass
class Peer:
    """A server, how it is started, and its way to each question."""

    name: str
    command: list[str]
    questions: dict[str, Calls]


def main() -> None:
    arguments = tables.arguments(__doc__)
    python = venvs.python("peers")
    if Path(sys.prefix) != python.parent.parent:
        # psutil and the peers live in the environment.
        os.execv(python, [str(python), __file__, *sys.argv[1:]])
    server_python = venvs.python("3")
    with mlflow_server(server_python, venvs.VERSIONS["3"]) as server, tempfile.TemporaryDirectory() as home:
        file = Path(home) / "ids.json"
        populate = [server_python, HERE / "populate.py", server.uri, "--json", file]
        subprocess.run(populate, check=True, stdout=subprocess.DEVNULL)
        ids = json.loads(file.read_text())
        environment = {
            "HOME": home,
            "PATH": f"{python.parent}:{os.environ.get('PATH', '')}",
            "MLFLOW_TRACKING_URI": server.uri,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
        }
        print(f"{platform.machine()}, {os.cpu_count()} cores; MLflow {server.version} on the same machine, SQLite.\n")
        peers = _peers(arguments.binary.resolve(), python.parent, ids)
        _processes(peers, environment)
        _answers(peers, environment)


def _peers(binary: Path, scripts: Path, ids: dict) -> list[Peer]:
    bench = ids["experiments"]["bench"]
    run, three = ids["bench"][0], ids["bench"][:3]
    spikes, files = ids["curves"]["spikes"], ids["runs"]["files"]
    ours = Peer(
        "tracker-mcp",
        [str(binary)],
        {
            "list the experiments": [("list_projects", {})],
            "top 5 of 300 runs by a metric": [
                ("search_runs", {"projects": ["bench"], "order_by": "metrics.val_f1 desc", "limit": 5})
            ],
            "one run": [("get_runs", {"runs": [run]})],
            "the runs of an invocation in all experiments": [("search_runs", {"query": ids["invocation"]["id"]})],
            "names of the metrics of an experiment": [("get_project", {"project": "bench"})],
            "compare three runs": [("compare_runs", {"runs": three})],
            "the history of a metric of 5,000 steps": [
                ("get_metric_history", {"runs": [spikes], "metrics": ["loss"]})
            ],
            "the end of a log of 5 MB": [
                ("read_artifact", {"runs": [files], "path": "big.log", "part": "tail", "lines": 20})
            ],
            "list 250 files of a folder": [("list_artifacts", {"run": files, "path": "many"})],
        },
    )
    community = Peer(
        "kkruglik/mlflow-mcp 0.4.1",
        [str(scripts / "mlflow-mcp")],
        {
            "list the experiments": [("get_experiments", {})],
            "top 5 of 300 runs by a metric": [
                ("get_runs", {"experiment_id": bench, "limit": 5, "order_by": ["metrics.val_f1 DESC"]})
            ],
            "one run": [("get_run", {"run_id": run})],
            "the runs of an invocation in all experiments": [
                ("search_runs_by_tags", {"experiment_id": one, "tags": {"invocation_id": ids["invocation"]["id"]}, "limit": 100})
                for one in ids["experiments"].values()
            ],
            "names of the metrics of an experiment": [("get_experiment_metrics", {"experiment_id": bench})],
            "compare three runs": [("compare_runs", {"experiment_id": bench, "run_ids": three})],
            "the history of a metric of 5,000 steps": [
                ("get_run_metric", {"run_id": spikes, "metric_name": "loss"})
            ],
            "the end of a log of 5 MB": [("get_artifact_content", {"run_id": files, "artifact_path": "big.log"})],
            "list 250 files of a folder": [("get_run_artifacts", {"run_id": files, "path": "many"})],
        },
    )
    official = Peer(
        "mlflow mcp run (3.17.2)",
        [str(scripts / "mlflow"), "mcp", "run"],
        {
            "list the experiments": [("search_experiments", {})],
            "top 5 of 300 runs by a metric": [
                ("list_runs", {"experiment_id": bench}),
                *[("describe_run", {"run_id": one}) for one in ids["bench"]],
            ],
            "one run": [("describe_run", {"run_id": run})],
            "compare three runs": [("describe_run", {"run_id": one}) for one in three],
        },
    )
    return [ours, community, official]


def _processes(peers: list[Peer], environment: dict[str, str]) -> None:
    rows = []
    for peer in peers:
        starts = sorted(_start(peer, environment) for _ in range(STARTS))
        with wire(Path(peer.command[0]), environment, *peer.command[1:]) as process:
            process.initialize()
            process.send("tools/list", ident=1)
            tools = process.answer(1)[1]["result"]
            for ident, (tool, arguments) in enumerate(peer.questions["one run"] * 20, start=2):
                _call(process, ident, tool, arguments)
            memory = _memory(process)
        compact = len(json.dumps(tools, ensure_ascii=False, separators=(",", ":")).encode())
        median = statistics.median(starts) * 1000
        rows.append([peer.name, f"{median:,.1f} ms", f"{memory:.0f} MB", str(len(tools["tools"])), f"{compact:,}"])
    tables.table(["server", f"start to `initialize`, median of {STARTS}", "memory after 20 calls", "tools", "bytes of the list"], rows)


def _answers(peers: list[Peer], environment: dict[str, str]) -> None:
    columns: list[dict[str, str]] = []
    for peer in peers:
        with wire(Path(peer.command[0]), environment, *peer.command[1:]) as process:
            process.initialize()
            columns.append({title: _asked(process, calls) for title, calls in peer.questions.items()})
    rows = [[title, *[column.get(title, "—") for column in columns]] for title in peers[0].questions]
    print("Calls / milliseconds / bytes of the answers as they come over the wire.\n")
    tables.table(["question", *[peer.name for peer in peers]], rows)


def _asked(process: Wire, calls: Calls) -> str:
    def once() -> int:
        first = len(process.lines)
        for ident, (tool, arguments) in enumerate(calls, start=1):
            _call(process, ident, tool, arguments)
        return sum(len(line) for line in process.lines[first:])

    size = 0
    times = []
    for _ in range(1 if len(calls) > MANY_CALLS else REPEATS):
        started = time.perf_counter()
        size = once()
        times.append(time.perf_counter() - started)
    return f"{len(calls)} / {statistics.median(times) * 1000:,.0f} / {size:,}"


def _start(peer: Peer, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    with wire(Path(peer.command[0]), environment, *peer.command[1:]) as process:
        process.initialize()
        return time.perf_counter() - started


def _call(process: Wire, ident: int, tool: str, arguments: dict) -> dict:
    process.send("tools/call", {"name": tool, "arguments": arguments}, ident)
    result = process.answer(ident, within_s=120)[1]["result"]
    if result.get("isError"):
        sys.exit(f"{tool} {arguments}: {result['content'][0]['text'][:500]}")
    return result


def _memory(process: Wire) -> float:
    """Resident memory of the process and all that it started."""
    import psutil

    first = psutil.Process(process.process.pid)
    return sum(one.memory_info().rss for one in [first, *first.children(recursive=True)]) / 1e6


if __name__ == "__main__":
    main()
