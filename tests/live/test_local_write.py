"""What the binary's library writes into a store is what MLflow reads there, and MLflow can go on with it.

Only with the newest MLflow, whose schema it is. The store is written by a test of `tests/it`, which needs cargo.
"""

import contextlib
import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import make_schema
import servers
import venvs
from context import Context
from mlflow import MlflowClient
from mlflow.entities import ViewType

LARGEST = sys.float_info.max


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tracker-mcp written 100% ") as folder:
        yield Path(folder)


def _write(folder: Path) -> dict:
    """Writes a store into the folder, or to the one in it, and says what was written."""
    command = ["cargo", "test", "--locked", "--quiet", "--test", "it", "local_write::"]
    environment = os.environ | {"TRACKER_MCP_WRITTEN_STORE": str(folder)}
    done = subprocess.run(command, cwd=venvs.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr
    return json.loads((folder / "written.json").read_text())


def _uri(folder: Path) -> str:
    return f"sqlite:///{folder / 'mlflow.db'}"


def _dump(folder: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        return list(connection.iterdump())


def _expect_all(client: MlflowClient, written: dict) -> None:
    """MLflow's client says of the store just what was written."""
    experiment = client.get_experiment_by_name(written["experiment"]["name"])
    assert experiment is not None
    assert experiment.experiment_id == written["experiment"]["id"]
    assert experiment.tags == written["experiment"]["tags"], experiment.tags
    assert experiment.lifecycle_stage == "active"
    assert experiment.creation_time == experiment.last_update_time == written["experiment"]["created"]
    found = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)
    assert {run.info.run_id for run in found} == {run["id"] for run in written["runs"]}
    for expected in written["runs"]:
        _expect_run(client, expected, experiment)


def _expect_run(client: MlflowClient, expected: dict, experiment: object) -> None:
    run = client.get_run(expected["id"])
    info = run.info
    said = (info.run_name, info.status, info.user_id, info.start_time, info.end_time, info.lifecycle_stage)
    assert said == (*(expected[key] for key in ("name", "status", "user", "start", "end")), "active"), said
    assert info.experiment_id == experiment.experiment_id
    assert info.artifact_uri == f"{experiment.artifact_location}/{info.run_id}/artifacts", info.artifact_uri
    assert run.data.params == expected["params"], run.data.params
    assert run.data.tags == expected["tags"], run.data.tags
    assert run.data.metrics.keys() == expected["metrics"].keys()
    for key, points in expected["metrics"].items():
        _expect_metric(client, run, key, [(_kept(value), time, step) for value, time, step in points])
    _expect_artifacts(client, info.run_id, expected["artifacts"])
    _expect_datasets(run, expected["datasets"])


def _expect_metric(client: MlflowClient, run: object, key: str, points: list[tuple]) -> None:
    history = [(point.value, point.timestamp, point.step) for point in client.get_metric_history(run.info.run_id, key)]
    assert _comparable(history) == _comparable(points), key
    # NaN is kept as 0, which counts where step and time are equal.
    last = max(points, key=lambda point: (point[2], point[1], 0 if math.isnan(point[0]) else point[0]))
    assert repr(run.data.metrics[key]) == repr(last[0]), (key, run.data.metrics[key], last)


def _kept(text: str) -> float:
    value = float(text)
    # ±∞ is kept as the largest numbers, and a zero has no sign.
    return math.copysign(LARGEST, value) if math.isinf(value) else value + 0.0


def _comparable(points: list[tuple]) -> list[tuple]:
    return sorted((step, time, repr(value)) for value, time, step in points)


def _expect_artifacts(client: MlflowClient, run_id: str, expected: dict[str, str]) -> None:
    found, folders = {}, [None]
    while folders:
        for item in client.list_artifacts(run_id, folders.pop()):
            if item.is_dir:
                folders.append(item.path)
            else:
                content = Path(client.download_artifacts(run_id, item.path)).read_bytes()
                assert len(content) == item.file_size
                found[item.path] = content.hex()
    assert found == expected, found.keys()


def _expect_datasets(run: object, expected: list[dict]) -> None:
    found = {}
    for entry in run.inputs.dataset_inputs:
        dataset, tags = entry.dataset, {tag.key: tag.value for tag in entry.tags}
        found[dataset.name] = {
            "name": dataset.name,
            "digest": dataset.digest,
            "source_type": dataset.source_type,
            "source": json.loads(dataset.source),
            "schema": dataset.schema,
            "profile": dataset.profile,
            "context": tags.pop("mlflow.data.context", None),
        }
        assert not tags, tags
    assert found == {dataset["name"]: dataset for dataset in expected}, found


async def test_the_schema_is_that_of_a_store_that_mlflow_makes(context: Context) -> None:
    with _folder() as folder:
        database = make_schema.fresh_store(Path(sys.executable), folder)
        assert make_schema.schema(database, context.version) == make_schema.FILE.read_text()


async def test_mlflow_reads_back_all_that_was_written_to_a_new_store(context: Context) -> None:
    with _folder() as folder:
        written = _write(folder)
        client = MlflowClient(_uri(folder))
        _expect_all(client, written)
        assert client.get_experiment("0").name == "Default"


async def test_an_upgrade_by_mlflow_finds_nothing_to_do(context: Context) -> None:
    with _folder() as folder:
        _write(folder)
        before = _dump(folder)
        command = [sys.executable, "-m", "mlflow", "db", "upgrade", _uri(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "Running upgrade" not in done.stderr, done.stderr
        assert _dump(folder) == before


async def test_mlflow_goes_on_with_a_store_that_was_made_here(context: Context) -> None:
    with _folder() as folder:
        written = _write(folder)
        with servers.mlflow_server(Path(sys.executable), context.version, store=_uri(folder)) as server:
            client = MlflowClient(server.uri)
            _expect_all(client, written)
            for more in (client, MlflowClient(_uri(folder))):
                _log_more(more, written)


def _log_more(client: MlflowClient, written: dict) -> None:
    """Another run, a point after the last of an old run, and another experiment."""
    run = client.create_run(written["experiment"]["id"], run_name="more").info.run_id
    client.log_param(run, "lr", "0.5")
    client.log_text(run, "more", "more.txt")
    client.set_terminated(run)
    old = written["runs"][0]["id"]
    step = 5_000 + len(client.get_metric_history(old, "loss"))
    client.log_metric(old, "loss", 0.125, step=step)
    client.set_tag(old, "team", "none")
    other = client.create_experiment(f"another {run}")

    assert client.get_run(run).data.params == {"lr": "0.5"}
    assert [item.path for item in client.list_artifacts(run)] == ["more.txt"]
    assert client.get_run(old).data.metrics["loss"] == 0.125
    assert client.get_run(old).data.tags["team"] == "none"
    assert int(other) > int(written["experiment"]["id"])


async def test_a_store_that_mlflow_made_can_be_written_to(context: Context) -> None:
    with _folder() as folder:
        make_schema.fresh_store(Path(sys.executable), folder)
        client = MlflowClient(_uri(folder))
        experiment = client.create_experiment("made by MLflow")
        run = client.create_run(experiment, run_name="theirs").info.run_id
        client.log_metric(run, "loss", 0.5, step=3)
        before = client.get_run(run).to_dictionary()

        written = _write(folder)

        _expect_all(client, written)
        assert client.get_run(run).to_dictionary() == before
        assert int(written["experiment"]["id"]) == int(experiment) + 1
        # Where MLflow put the experiments of this store, ours lie too.
        root = client.get_experiment("0").artifact_location.removesuffix("/0")
        ours = client.get_experiment(written["experiment"]["id"])
        assert ours.artifact_location == f"{root}/{ours.experiment_id}", ours
