"""Fills an MLflow server with the known data of sample.py, through MLflow's own client.

What the tests need to know is returned, or written by `populate.py URI --json ids.json`.
"""

import argparse
import json
import logging
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

import mlflow  # noqa: E402  (the variables above must stand before)
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param  # noqa: E402
from sample import MINUTE, Input, Point, fill  # noqa: E402

# 2.15.1 logs a line per run that ended; 3.17.2 has the variable above for it.
logging.getLogger("mlflow").setLevel(logging.WARNING)


def populate(uri: str, small: bool = False) -> dict:
    """Fills the server and returns what was put there, with the server's ids."""
    mlflow.set_tracking_uri(uri)  # 2.15.1 uploads artifacts to this one, whatever the client was given
    return fill(MlflowSink(MlflowClient(uri)), small)


class MlflowSink:
    """An MLflow server that is being filled."""

    # Each request waits for the server.
    at_once = 4

    def __init__(self, client: MlflowClient) -> None:
        self.client = client

    def project(self, name: str, tags: dict[str, str]) -> str:
        return self.client.create_experiment(name, tags=tags)

    def run(
        self,
        project: str,
        name: str,
        start: int,
        status: str = "FINISHED",
        minutes: float = 5,
        params: dict[str, str] | None = None,
        points: list[Point] | None = None,
        tags: dict[str, str] | None = None,
    ) -> str:
        tags = {"mlflow.user": "ada"} | (tags or {})
        run = self.client.create_run(project, start_time=start, run_name=name, tags=tags).info.run_id
        kept = [Param(key, value) for key, value in (params or {}).items()]
        self.client.log_batch(run, metrics=_metrics(points or []), params=kept)
        if status == "SCHEDULED":
            self.client.update_run(run, status=status)
        elif status != "RUNNING":
            self.client.set_terminated(run, status=status, end_time=start + int(minutes * MINUTE))
        return run

    def add_points(self, run: str, points: list[Point]) -> None:
        self.client.log_batch(run, metrics=_metrics(points))

    def add_files(self, run: str, files: dict[str, bytes | str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for path, content in files.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.encode() if isinstance(content, str) else content)
            self.client.log_artifacts(run, folder)

    def add_log(self, run: str, messages: list[tuple[int, str]]) -> None:
        self.add_files(run, {"logs/train.log": "".join(f"{text}\n" for _, text in messages)})

    def add_inputs(self, run: str, inputs: list[Input]) -> None:
        self.client.log_inputs(run, datasets=[_dataset(*one) for one in inputs])

    def model(self, name: str, runs: list[str], aliases: dict[str, int]) -> None:
        self.client.create_registered_model(name, tags={"team": "risk"}, description="Finds fraud.")
        for run in runs:
            source = f"{self.client.get_run(run).info.artifact_uri}/model"
            self.client.create_model_version(name, source=source, run_id=run, await_creation_for=0)
        for alias, version in aliases.items():
            self.client.set_registered_model_alias(name, alias, str(version))

    def delete_run(self, run: str) -> None:
        self.client.delete_run(run)

    def delete_project(self, project: str) -> None:
        self.client.delete_experiment(project)


def _metrics(points: list[Point]) -> list[Metric]:
    return [Metric(*point) for point in points]


def _dataset(name: str, digest: str, context: str) -> DatasetInput:
    source = json.dumps({"uri": f"https://example.org/data/{name}.parquet"})
    dataset = Dataset(name=name, digest=digest, source_type="http", source=source)
    return DatasetInput(dataset, [InputTag("mlflow.data.context", context)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("uri", help="address of the server, e.g. http://127.0.0.1:5000")
    parser.add_argument("--small", action="store_true", help="a sweep of 12 runs instead of 300")
    parser.add_argument("--json", metavar="FILE", help="write what was made to this file")
    arguments = parser.parse_args()
    started = time.monotonic()
    ids = populate(arguments.uri, arguments.small)
    text = json.dumps(ids, ensure_ascii=False, indent=1)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text)
    else:
        print(text)
    print(f"populated in {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
