#!/usr/bin/env python3
"""Makes a tree of MLflow's file store with MLflow itself, and beside it what MLflow's client says of it.

`make_tree.py` rewrites `backends/local/tree/fixture`, which the Rust tests read; `make_tree.py FOLDER` makes another, for
`test_local_tree.py`. Starts itself again in the environment of the pinned MLflow.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import venvs

FIXTURE = venvs.ROOT / "backends" / "local" / "tree" / "fixture"
# In the place of the folder in which it was made.
PLACE = "/srv/project"
T0 = 1_780_300_800_000
SEARCHES = [
    ("", "attributes.start_time DESC"),
    ("metrics.loss < 100", "metrics.loss ASC"),
    ("metrics.loss < 0.5", "attributes.start_time ASC"),
    ("params.lr = '0.01'", "attributes.start_time ASC"),
    ("attributes.status = 'FAILED'", "attributes.start_time ASC"),
    ("tags.team LIKE 'c%'", "attributes.start_time DESC"),
    ('attributes.run_name = "it\'s 100% – 🚀"', "attributes.start_time ASC"),
    ("tags.team = 'cv' and metrics.`val/f1 score` > 0.1", "attributes.start_time ASC"),
]


def make(folder: Path) -> None:
    """Makes `folder/mlruns` and `folder/answers.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    command = [str(venvs.python("3")), __file__, "--inside", str(folder.resolve())]
    subprocess.run(command, check=True, cwd=folder, env=environment, stderr=subprocess.DEVNULL)


def _inside(folder: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient((folder / "mlruns").as_uri())
    _fill(client)
    (folder / "answers.json").write_text(json.dumps(_answers(client), ensure_ascii=False, indent=1) + "\n")


def _fill(client) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, Metric, Param

    vision = client.create_experiment("vision", tags={"team": "cv", "mlflow.note.content": "Sweep of **seeds**."})
    other = client.create_experiment("a long name that YAML folds, because it has more than eighty characters – 模型: #1")
    client.create_experiment("vision/resnet")
    retired = client.create_experiment("retired")

    full = client.create_run(vision, T0, {"mlflow.user": "ada", "team": "cv", "multi": "two\nlines "}, "it's 100% – 🚀").info
    client.log_batch(
        full.run_id,
        metrics=[Metric("loss", 1 / (step + 2), T0 + step, step) for step in range(50)]
        + [Metric("val/f1 score", value, T0 + step, step) for step, value in ((5, 0.1 + 0.2), (9, 0.75), (7, 0.5))]
        + [Metric("diverged", float("nan"), T0, 1), Metric("diverged", 1.0, T0, 0), Metric("up", float("inf"), T0, -3)]
        + [Metric("tie", value, T0, 1) for value in (0.5, 2.0, 1e-320)]
        + [Metric("system/cpu", 12.5, T0, 0)],
        params=[Param("lr", "0.01"), Param("model/depth", "3"), Param("empty", ""), Param("größe", "a: b\n- c")],
    )
    client.log_text(full.run_id, "lr: 0.01\n", "config.yml")
    client.log_text(full.run_id, "все хорошо\n", "reports/deep/größe.txt")
    source = json.dumps({"url": "https://example.org/a.csv"})
    for name, tags in (("iris", [InputTag("mlflow.data.context", "training")]), ("a 'quoted' name: #2", [])):
        client.log_inputs(full.run_id, [DatasetInput(Dataset(name, "d1", "http", source), tags)])
    model = client.create_logged_model(vision, name="net", source_run_id=full.run_id)
    client.log_outputs(full.run_id, [LoggedModelOutput(model.model_id, 0)])
    client.set_terminated(full.run_id, "FINISHED", T0 + 90_000)

    child = client.create_run(vision, T0 + 1_000, {"mlflow.parentRunId": full.run_id, "team": "cpu"}, "child").info
    client.log_metric(child.run_id, "loss", 0.75, T0, 0)
    client.log_param(child.run_id, "lr", "0.1")
    client.set_terminated(child.run_id, "FAILED", T0 + 2_000)
    killed = client.create_run(other, T0 + 2_000, {}, "killed").info
    client.set_terminated(killed.run_id, "KILLED", T0 + 3_000)
    client.create_run(other, T0 + 3_000, {}, "running: [yes]")
    client.delete_run(client.create_run(vision, T0 + 4_000, {}, "deleted").info.run_id)
    client.create_run(retired, T0 + 5_000, {}, "retired too")
    client.delete_experiment(retired)

    client.create_registered_model("fraud")
    client.create_model_version("fraud", f"runs:/{full.run_id}/model", full.run_id)
    client.set_registered_model_alias("fraud", "champion", "1")


def _answers(client) -> dict:
    from mlflow.entities import ViewType

    experiments = client.search_experiments(view_type=ViewType.ALL)
    ids = [experiment.experiment_id for experiment in experiments]
    active = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(ids, run_view_type=ViewType.ALL)
    return {
        "experiments": [_experiment(experiment) for experiment in experiments],
        "runs": [_run(client, run) for run in runs],
        "searches": [
            {
                "filter": text,
                "order": order,
                "ids": [run.info.run_id for run in client.search_runs(active, text, order_by=[order])],
            }
            for text, order in SEARCHES
        ],
        "champion": client.get_model_version_by_alias("fraud", "champion").run_id,
    }


def _experiment(experiment) -> dict:
    return {
        "id": experiment.experiment_id,
        "name": experiment.name,
        "tags": experiment.tags,
        "archived": experiment.lifecycle_stage == "deleted",
        "created": experiment.creation_time,
        "updated": experiment.last_update_time,
    }


def _run(client, run) -> dict:
    info, data = run.info, run.data
    return {
        "id": info.run_id,
        "experiment": info.experiment_id,
        "name": info.run_name,
        "status": info.status,
        "user": info.user_id,
        "started": info.start_time,
        "ended": info.end_time,
        "archived": info.lifecycle_stage == "deleted",
        "params": data.params,
        "tags": data.tags,
        "metrics": {key: repr(value) for key, value in data.metrics.items()},
        "histories": {key: _history(client, info.run_id, key) for key in data.metrics},
        "datasets": sorted(_dataset(entry) for entry in run.inputs.dataset_inputs),
        "models": [output.model_id for output in run.outputs.model_outputs],
        "files": dict(_files(client, info.run_id, "")),
    }


def _history(client, run_id: str, key: str) -> list:
    return [[point.timestamp, repr(point.value), point.step] for point in client.get_metric_history(run_id, key)]


def _dataset(entry) -> list:
    context = {tag.key: tag.value for tag in entry.tags}.get("mlflow.data.context", "")
    return [entry.dataset.name, entry.dataset.digest, context]


def _files(client, run_id: str, folder: str):
    for item in client.list_artifacts(run_id, folder or None):
        if item.is_dir:
            yield from _files(client, run_id, item.path)
        else:
            yield item.path, item.file_size


def _rewrite_fixture() -> None:
    shutil.rmtree(FIXTURE, ignore_errors=True)
    make(FIXTURE)
    for file in FIXTURE.rglob("meta.yaml"):
        file.write_text(file.read_text().replace(FIXTURE.as_uri(), f"file://{PLACE}"))
    print(f"wrote {FIXTURE.relative_to(venvs.ROOT)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        _inside(Path(sys.argv[2]))
    elif sys.argv[1:]:
        make(Path(sys.argv[1]))
    else:
        _rewrite_fixture()
