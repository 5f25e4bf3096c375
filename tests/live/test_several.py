"""Several trackers in one config: the populated server, one that wants a password, and one that fails."""

import contextlib
import os
import time
import urllib.request
from base64 import b64encode
from collections.abc import AsyncIterator
from json import dumps, loads
from pathlib import Path
from sys import executable

from answers import Answer
from context import Connection, Context
from servers import PASSWORD, USER, mlflow_server
from stubs import REFUSED, always, closed, silent

# What one tracker gets of the time of a question to several, and what the others may take beside it.
SHARE_S = 15
SOON_S = 6


async def test_two_servers_one_of_them_with_a_password_answer_as_one(context: Context) -> None:
    if context.version.startswith("2."):
        return  # Its environment lacks what its basic-auth needs.
    with mlflow_server(Path(executable), context.version, sign_in=True) as shut:
        best, other = _two_runs(shut.uri)
        second = _section("shut", shut.uri, f"username = {USER}", f"password = {PASSWORD}")
        async with _several(context, second) as connection:
            trackers = await connection.ask("list_trackers")
            assert [row["reachable"] for row in trackers.rows("trackers")] == [True, True], trackers.text
            assert PASSWORD not in trackers.everything()

            ranked = await connection.ask("rank_runs", metric="accuracy", limit=1)
            assert [row["run"] for row in ranked.rows()] == [f"shut:{best}"], ranked.text

            here = context.ids["runs"]["golden_0"]
            compared = await connection.ask("compare_runs", runs=[f"lab:{here}", f"shut:{best}"])
            assert [row["run"] for row in compared.rows()] == [f"lab:{here}", f"shut:{best}"], compared.text

            for text in (best, best[:12], f"{shut.uri}/#/experiments/1/runs/{best}"):
                found = await connection.ask("get_runs", runs=[text])
                assert found.run()["run"] == f"shut:{best}", found.text

            projects = await connection.ask("list_projects", limit=100)
            assert _trackers(projects, "projects", "project") == {"lab", "shut"}, projects.text
            assert "lab:" in await connection.refused("get_project", project="lineage")

            pages = await connection.all_pages("search_runs", projects=["*"], limit=100)
            runs = [row["run"] for page in pages for row in page.rows()]
            assert len(runs) == len(set(runs)), "a run came twice"
            assert {f"shut:{best}", f"shut:{other}"} <= set(runs)
            assert sum(run.startswith("lab:") for run in runs) == len(context.reference.where(lambda _: True))


async def test_a_tracker_that_is_down_is_a_line_and_the_others_answer(context: Context) -> None:
    with closed() as uri:
        async with _several(context, _section("gone", uri)) as connection:
            await _others_answer(connection, "gone at", SOON_S)


async def test_a_tracker_that_refuses_the_password_is_a_line_and_the_others_answer(context: Context) -> None:
    with always(REFUSED) as uri:
        section = _section("shut", uri, "username = ada", "password = not-the-word")
        async with _several(context, section) as connection:
            await _others_answer(connection, "check username and password", SOON_S)


async def test_a_tracker_that_says_nothing_costs_its_share_and_no_more(context: Context) -> None:
    with silent() as uri:
        async with _several(context, _section("mute", uri)) as connection:
            await _others_answer(connection, "did not answer", SHARE_S + SOON_S, only_first=True)


async def _others_answer(connection: Connection, line: str, within: float, only_first: bool = False) -> None:
    questions = [
        ("rank_runs", {"metric": "accuracy", "limit": 3}),
        ("list_trackers", {}),
        ("search_runs", {"limit": 5}),
        ("list_projects", {}),
        ("get_runs", {"runs": ["last"]}),
    ]
    for tool, arguments in questions[: 2 if only_first else None]:
        begun = time.monotonic()
        answer = await connection.ask(tool, **arguments)
        took = time.monotonic() - begun
        assert took < within, f"{answer.call} took {took:.1f} s"
        assert line in answer.text and "lab" in answer.text, f"{answer.call}: {answer.text}"


def _trackers(answer: Answer, table: str, column: str) -> set[str]:
    return {row[column].partition(":")[0] for row in answer.rows(table)}


def _section(name: str, uri: str, *lines: str) -> str:
    return "\n".join((f"[tracker {name}]", "kind = mlflow", f"url = {uri}", *lines, ""))


@contextlib.asynccontextmanager
async def _several(context: Context, *sections: str) -> AsyncIterator[Connection]:
    """The populated server as `lab`, and these."""
    path = context.home / f"several-{time.monotonic_ns()}.ini"
    path.touch(mode=0o600)
    path.write_text("\n".join((_section("lab", context.uri), *sections)))
    try:
        async with context.connect(None, TRACKER_MCP_CONFIG=os.fspath(path)) as connection:
            yield connection
    finally:
        path.unlink()


def _two_runs(uri: str) -> tuple[str, str]:
    """A run that is better than all others, and one that is worse."""
    experiment = _post(uri, "experiments/create", {"name": "lineage"})["experiment_id"]
    runs = []
    for value in (0.999, 0.001):
        created = _post(uri, "runs/create", {"experiment_id": experiment, "start_time": int(time.time() * 1000)})
        run = created["run"]["info"]["run_id"]
        moment = {"timestamp": int(time.time() * 1000), "step": 1}
        _post(uri, "runs/log-metric", {"run_id": run, "key": "accuracy", "value": value} | moment)
        _post(uri, "runs/update", {"run_id": run, "status": "FINISHED"})
        runs.append(run)
    return runs[0], runs[1]


def _post(uri: str, path: str, body: dict) -> dict:
    signature = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {signature}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{uri}/api/2.0/mlflow/{path}", dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return loads(answer.read())
