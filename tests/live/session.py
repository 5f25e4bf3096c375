"""One session: starts a server, fills it, runs every test function, prints a line for each. Started by run.py."""

import argparse
import asyncio
import importlib
import inspect
import json
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import venvs
from context import Context
from populate import populate
from reference import Reference
from servers import mlflow_server

WITH_SERVER = [
    "test_protocol",
    "test_projects",
    "test_search",
    "test_filters",
    "test_runs",
    "test_compare",
    "test_history",
    "test_artifacts",
    "test_logs",
    "test_datasets",
    "test_models",
    "test_refusals",
    "test_parallel",
    "test_sign_in",
    "test_several",
    "test_untrusted",
    "test_local",
    "test_waiting",
]
WITHOUT_SERVER = ["test_outages"]
# The stores that are read and written without a server are its own.
WITH_NEWEST = ["test_local_write", "test_local_tree"]
# Looks through all that the others have seen, so it comes last.
LAST = ["test_traces", "test_secrets"]


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    version = venvs.VERSIONS[arguments.version]
    modules = WITH_SERVER + (WITHOUT_SERVER if arguments.without_server else [])
    modules += (WITH_NEWEST if arguments.version == next(iter(venvs.VERSIONS)) else []) + LAST
    with (
        mlflow_server(Path(sys.executable), version, keep=arguments.keep) as server,
        tempfile.TemporaryDirectory(prefix="tracker-mcp-home-") as home,
        open(server.folder / "tracker-mcp.log", "w") as log,
    ):
        print(f"MLflow {version} answers after {server.up_after_s:.1f} s", flush=True)
        started = time.monotonic()
        ids = populate(server.uri)
        reference = Reference(server.uri)
        print(f"{len(reference.all)} runs, {time.monotonic() - started:.1f} s", flush=True)
        context = Context(arguments.binary, version, Path(home), log, server.uri, ids, reference)
        context.store = f"sqlite:///{server.folder}/mlflow.db"
        passed, failed = _run(modules, context, arguments.only)
        if arguments.keep:
            (server.folder / "ids.json").write_text(json.dumps(ids, ensure_ascii=False, indent=1))
            print(f"kept {server.folder}")
    arguments.result.write_text(json.dumps({"passed": passed, "failed": failed}))


def _run(modules: list[str], context: Context, only: str | None) -> tuple[int, int]:
    passed = failed = 0
    for name, test in _tests(modules, only):
        started = time.monotonic()
        try:
            asyncio.run(test(context))
        except Exception as problem:  # A broken test must not keep the others from running.
            failed += 1
            print(f"FAILED  {name} ({context.version})", flush=True)
            print(_explain(problem), flush=True)
        else:
            passed += 1
            print(f"passed  {name} ({context.version}, {time.monotonic() - started:.2f} s)", flush=True)
    return passed, failed


def _tests(modules: list[str], only: str | None) -> Iterator[tuple[str, Callable]]:
    for module in modules:
        for name, test in inspect.getmembers(importlib.import_module(module), inspect.iscoroutinefunction):
            if name.startswith("test_") and (only is None or only in f"{module}.{name}"):
                yield f"{module[5:]}: {name[5:].replace('_', ' ')}", test


def _explain(problem: BaseException) -> str:
    """The reason alone if a test says it; else the whole traceback. Task groups wrap what happens inside them."""
    while isinstance(problem, BaseExceptionGroup) and len(problem.exceptions) == 1:
        problem = problem.exceptions[0]
    lines = traceback.format_exception(problem)
    if isinstance(problem, AssertionError):
        lines = traceback.format_tb(problem.__traceback__)[-2:] + [f"{problem}\n"]
    return "        " + "".join(lines)[-4000:].replace("\n", "\n        ")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", type=Path)
    parser.add_argument("version", choices=venvs.VERSIONS)
    parser.add_argument("result", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--without-server", action="store_true")
    parser.add_argument("--only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
