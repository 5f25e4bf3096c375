"""search_datasets, get_datasets: what runs logged, as MLflow's own client tells it."""

import asyncio
import json
from collections import defaultdict

from context import Context
from mlflow.entities import Dataset, DatasetInput, InputTag

VERSIONS = 300


def _logged(context: Context) -> dict[tuple[str, str], set[str]]:
    """The runs that logged each name and digest, by MLflow's own client."""
    client = context.reference.client
    experiments = [one.experiment_id for one in client.search_experiments()]
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    token = None
    while True:
        page = client.search_runs(experiments, run_view_type=3, max_results=1000, page_token=token)
        for run in page:
            for one in run.inputs.dataset_inputs:
                found[one.dataset.name, one.dataset.digest].add(run.info.run_id)
        token = page.token
        if not token:
            return found


def _rows(answer, table: str, of=None) -> list[dict]:
    part = (of or answer.structured).get(table, {"columns": [], "rows": []})
    return [dict(zip(part["columns"], row, strict=True)) for row in part["rows"]]


async def test_every_dataset_is_listed_and_used_by_the_runs_that_logged_it(context: Context) -> None:
    truth = _logged(context)
    assert truth
    async with context.connect() as connection:
        listed: set[tuple[str, str]] = set()
        more: dict[str, str] = {}
        while True:
            answer = await connection.ask("search_datasets", limit=100, **more)
            rows = _rows(answer, "datasets")
            listed |= {(row["name"], row["version"]) for row in rows if row["kind"] == "input"}
            if "next_cursor" not in answer.structured:
                break
            more = {"cursor": answer.structured["next_cursor"]}
        assert listed == set(truth), listed ^ set(truth)
        for (name, digest), runs in sorted(truth.items())[:20]:
            answer = await connection.ask("get_datasets", datasets=[f"{name}@{digest}"])
            users = [row["run"].split(":", 1)[1] for one in answer.structured["datasets"] for row in _rows(answer, "used_by", one)]
            assert set(users) == runs if len(runs) <= 20 else set(users) <= runs, (name, digest)


async def test_the_references_of_a_run_lead_to_its_datasets_and_back(context: Context) -> None:
    run = context.ids["compare"]["baseline"]
    async with context.connect() as connection:
        answer = await connection.ask("get_runs", runs=[run], include=["datasets"])
        inputs = _rows(answer, "datasets", answer.structured["runs"][0])
        assert inputs, answer.text
        found = await connection.ask("get_datasets", datasets=[one["dataset"] for one in inputs])
        for one in found.structured["datasets"]:
            assert any(row["run"].endswith(run) for row in _rows(found, "used_by", one)), found.text


async def test_three_hundred_digests_come_whole_by_paging(context: Context) -> None:
    client = context.reference.client
    project = client.create_experiment("scratch-datasets")
    try:
        for number in range(VERSIONS):
            run = client.create_run(project, start_time=1_780_000_000_000 + number * 1_000)
            data = Dataset("many", f"d{number:04}", "local", json.dumps({"uri": f"/data/{number}"}))
            client.log_inputs(run.info.run_id, datasets=[DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
        async with context.connect() as connection:
            answer = await connection.ask("get_datasets", datasets=["many"])
            one = answer.structured["datasets"][0]
            assert (one["version"], one["versions_in_all"]) == (f"d{VERSIONS - 1:04}", VERSIONS), answer.text
            assert len(_rows(answer, "versions", one)) == 20 and answer.size() <= 20_000
            seen: list[str] = []
            more: dict[str, str] = {}
            while True:
                page = await connection.ask("search_datasets", query="MANY", limit=100, **more)
                seen += [row["version"] for row in _rows(page, "datasets")]
                assert page.size() <= 20_000
                if "next_cursor" not in page.structured:
                    break
                more = {"cursor": page.structured["next_cursor"]}
            assert sorted(seen) == [f"d{number:04}" for number in range(VERSIONS)]
    finally:
        client.delete_experiment(project)


async def test_twenty_parallel_questions_are_answered_alike(context: Context) -> None:
    async with context.connect() as connection:
        asked = [connection.ask("get_datasets", datasets=["mmlu"]) for _ in range(20)]
        answers = {json.dumps(answer.structured, sort_keys=True) for answer in await asyncio.gather(*asked)}
    assert len(answers) == 1, answers


async def test_the_store_tells_what_the_server_tells(context: Context) -> None:
    found = []
    for uri in (context.uri, context.store):
        async with context.connect(uri) as connection:
            answer = await connection.ask("get_datasets", datasets=["mmlu"])
        one = answer.structured["datasets"][0]
        found.append((one["version"], one["source"], [row["run"].split(":")[1] for row in _rows(answer, "used_by", one)]))
    assert found[0] == found[1], found
