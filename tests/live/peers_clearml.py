#!/usr/bin/env python3
"""Puts the same questions to this server and to mcp_clearml 0.1.0 before one ClearML, and prints the Markdown table of
docs/performance.md. An extra: neither the tests nor .ci/run need it.

    clearml_populate.py http://127.0.0.1:8008 --files http://127.0.0.1:8081 … --small --json ids.json
    peers_clearml.py http://127.0.0.1:8008 --ids ids.json --peer VENV/bin/mcp-clearml

mcp_clearml asks for Python 3.12, needs pydantic below 2.12, and is installed on an older Python so:

    pip install --no-deps --ignore-requires-python mcp_clearml==0.1.0
    pip install 'clearml~=1.18.0' 'fastmcp~=0.4.0' 'pydantic<2.12'

Both sign in with CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY. Requests are those that pass to the API server when
both have signed in and this one knows the projects; bytes those of the answers: of this server each of its two forms,
of which clients show the model one, and all that went over the wire.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import tables
import venvs
from proxy import Proxy, proxy
from wire import Wire, wire

PROFILE = ["params", "metrics", "tags", "artifacts", "models"]

Question = tuple[str, dict]


def main() -> None:
    arguments = _arguments()
    ids = json.loads(arguments.ids.read_text())
    with proxy(arguments.api) as through, tempfile.TemporaryDirectory() as home:
        keys = ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY", "PATH")
        hosts = dict.fromkeys(("CLEARML_WEB_HOST", "CLEARML_FILES_HOST"), arguments.api)
        environment = {key: os.environ[key] for key in keys} | hosts | {"CLEARML_API_HOST": through.uri, "HOME": home}
        with wire(arguments.binary.resolve(), environment) as ours:
            ours.initialize()
            _call(ours, "get_project", {"project": "bench"})
            plan = _plan(ours, ids)
            left = [_cell(ours, through, asked) for _, asked, _ in plan]
        with wire(arguments.peer.resolve(), environment) as theirs:
            theirs.initialize()
            right = [_cell(theirs, through, asked) if asked else "—" for _, _, asked in plan]
    print("Requests / milliseconds / bytes of the text, of the data form, over the wire.\n")
    rows = [[title, *cells] for (title, _, _), *cells in zip(plan, left, right, strict=True)]
    tables.table(["question", "tracker-mcp", "mcp_clearml 0.1.0"], rows)


def _plan(ours: Wire, ids: dict) -> list[tuple[str, Question, Question | None]]:
    """The questions; of which tasks is asked by the ids of the newest."""
    found = _call(ours, "search_runs", {"limit": 26})["structuredContent"]["runs"]["rows"]
    newest = [row[0].removeprefix("clearml:") for row in found]
    three = ids["bench"][:3]
    curves = [*ids["bench"], *list(ids["compare"].values())[2:8], *ids["curves"].values()]
    columns = {"projects": ["bench"], "columns": ["params.*", "metrics.*"], "limit": 100}
    return [
        (
            "whole profiles of 26 tasks, by id",
            ("get_runs", {"runs": newest, "include": PROFILE}),
            ("get_tasks_full_info", {"task_ids": newest}),
        ),
        ("the same, `last 26`", ("get_runs", {"runs": ["last 26"], "include": PROFILE}), None),
        (
            "the tasks of a project with params and metrics",
            ("search_runs", columns),
            ("get_tasks_full_info_by_project", {"project_name": "bench"}),
        ),
        (
            "counters of a project by status",
            ("list_projects", {"query": "bench"}),
            ("get_project_stats", {"project_name": "bench"}),
        ),
        ("all about a project", ("get_project", {"project": "bench"}), None),
        ("compare three tasks", ("compare_runs", {"runs": three}), ("compare_tasks", {"task_ids": three})),
        (
            "a metric of 20 tasks: its curve in 12 (there: last, lowest and highest of all metrics)",
            ("get_metric_history", {"runs": curves[:20], "metrics": ["accuracy"]}),
            ("get_tasks_metrics", {"task_ids": curves[:20]}),
        ),
        (
            "the same, `last 20 in bench`",
            ("get_metric_history", {"runs": ["last 20 in bench"], "metrics": ["accuracy"]}),
            None,
        ),
    ]


def _cell(process: Wire, through: Proxy, asked: Question) -> str:
    through.forget()
    first = len(process.lines)
    started = time.perf_counter()
    result = _call(process, *asked)
    ms = (time.perf_counter() - started) * 1000
    wired = sum(len(line) for line in process.lines[first:])
    # A sign-in is not part of a question.
    requests = through.count() - through.count("/auth.login")
    forms = [f"{sum(len(block['text'].encode()) for block in result['content']):,}"]
    if (data := result.get("structuredContent")) is not None:
        forms.append(f"{len(json.dumps(data, ensure_ascii=False, separators=(',', ':')).encode()):,}")
    return " / ".join([str(requests), f"{ms:,.0f}", ", ".join([*forms, f"{wired:,}"])])


def _call(process: Wire, tool: str, arguments: dict) -> dict:
    process.send("tools/call", {"name": tool, "arguments": arguments}, ident=1)
    result = process.answer(1, within_s=120)[1]["result"]
    assert not result.get("isError"), f"{tool} {arguments}: {result['content'][0]['text'][:500]}"
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api", help="address of the API server, e.g. http://127.0.0.1:8008")
    parser.add_argument("--ids", type=Path, required=True, help="what clearml_populate.py wrote")
    parser.add_argument("--peer", type=Path, required=True, help="the program mcp-clearml")
    parser.add_argument("--binary", type=Path, default=venvs.ROOT / "target" / "release" / "tracker-mcp")
    return parser.parse_args()


if __name__ == "__main__":
    main()
