#!/usr/bin/env python3
"""Makes store.tar.gz, the store that `tracker-mcp demo` lays out: what `mlflow server` leaves in the folder it runs in.

A real MLflow server of the pinned version is started in an empty folder with its defaults and filled by MLflow's own
client. What is logged is invented: runs.csv says which runs there are and where each ends, the formulas below draw
curves that look like training. Only the server's clock is ours, so that everything has a time that fits the story.

    python3 src/cli/demo/make_store.py      # Python 3.11 or 3.12 with venv; installs MLflow below target/live/ once
"""

import csv
import gzip
import io
import math
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tests" / "live"))

import servers  # noqa: E402  (the path must be set before)
import venvs  # noqa: E402

for quiet in ["MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"]:
    os.environ[quiet] = "true"

# Python runs this at the start of every process of the server.
CLOCK = """
import pathlib, time
time.time = lambda: float(pathlib.Path({clock!r}).read_text())
"""
SECONDS_PER_EPOCH = 24
SPLITS = [("train", "training"), ("test", "validation")]
DATA = {
    "cifar10-resnet": ("cifar10", "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"),
    "flowers102-finetune": ("flowers102", "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/102flowers.tgz"),
}
NOTES = {
    "cifar10-resnet": "ResNet on CIFAR-10: which optimizer and learning rate, three seeds each",
    "flowers102-finetune": "The CIFAR-10 backbone, fine-tuned on Oxford Flowers 102",
}
# Version by version: the run that made it, and its alias.
MODEL = "resnet18-cifar10"
VERSIONS = [("adamw-lr0.001-seed2", None), ("sgd-lr0.1-seed2", "champion"), ("no-augment-seed1", "challenger")]
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
OUT_OF_MEMORY = """\
Traceback (most recent call last):
  File "train.py", line 187, in <module>
    main(parse_arguments())
  File "train.py", line 171, in main
    train_one_epoch(model, loader, optimizer, epoch)
  File "train.py", line 94, in train_one_epoch
    loss.backward()
  File "torch/_tensor.py", line 647, in backward
    torch.autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 784.00 MiB. GPU 0 has a total capacity of 7.78 GiB of \
which 512.31 MiB is free. Process 21873 has 7.25 GiB memory in use.
"""


def main() -> None:
    python = venvs.python("3")
    if Path(sys.prefix) != python.parent.parent:
        # MLflow lives in the environment.
        os.execv(python, [str(python), __file__, *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as around:
        store, clock = Path(around, "store"), Path(around, "clock")
        store.mkdir()
        Path(around, "sitecustomize.py").write_text(CLOCK.format(clock=str(clock)))
        clock.write_text(str(_seconds("2026-10-05T07:30:00Z")))
        port = servers.free_port()
        with open(Path(around, "server.log"), "wb") as log:
            command = [python, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
            environment = servers.clean_environment(python, Path(around), sign_in=False) | {"PYTHONPATH": around}
            server = subprocess.Popen(
                command, cwd=store, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            uri = f"http://127.0.0.1:{port}"
            servers.wait_until_healthy(uri, server, Path(around, "server.log"))
            _fill(uri, clock)
        finally:
            servers.stop(server)
        _pack(store, HERE / "store.tar.gz")


def _fill(uri: str, clock: Path) -> None:
    import mlflow
    from mlflow import MlflowClient

    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)
    with open(HERE / "runs.csv", newline="") as file:
        plan = list(csv.DictReader(file))
    projects, ids = {}, {}
    for row in plan:
        if row["project"] not in projects:
            tags = {"mlflow.note.content": NOTES[row["project"]]}
            projects[row["project"]] = client.create_experiment(row["project"], tags=tags)
    for row in plan:
        clock.write_text(str(_seconds(row["started"]) + int(row["epochs"]) * SECONDS_PER_EPOCH))
        ids[row["run"]] = _log(client, projects[row["project"]], row)
    clock.write_text(str(_seconds("2026-10-08T15:00:00Z")))
    client.create_registered_model(MODEL, description="Image classifier of the tutorial service")
    for number, (run, alias) in enumerate(VERSIONS, start=1):
        source = f"{client.get_run(ids[run]).info.artifact_uri}/checkpoint"
        client.create_model_version(MODEL, source=source, run_id=ids[run], await_creation_for=0)
        if alias:
            client.set_registered_model_alias(MODEL, alias, str(number))


def _log(client, project: str, row: dict[str, str]) -> str:
    from mlflow.data.http_dataset_source import HTTPDatasetSource
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.entities import DatasetInput, InputTag, Metric, Param

    started = _seconds(row["started"])
    tags = {
        "mlflow.user": row["user"],
        "mlflow.source.name": "train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": row["commit"],
        "mlflow.source.git.branch": "main",
    }
    run = client.create_run(project, start_time=started * 1000, tags=tags, run_name=row["run"]).info.run_id
    params = {key: row[key] for key in ["model", "optimizer", "lr", "seed", "augment", "batch_size"]}
    params |= {"epochs": "20" if row["project"] == "cifar10-resnet" else "12", "weight_decay": "0.0005"}
    curves = _curves(row)
    metrics = [
        Metric(name, value, (started + (epoch + 1) * SECONDS_PER_EPOCH) * 1000, epoch)
        for epoch, values in enumerate(curves)
        for name, value in values.items()
    ]
    client.log_batch(run, metrics=metrics, params=[Param(key, value) for key, value in params.items()])
    name, url = DATA[row["project"]]
    inputs = []
    for split, context in SPLITS:
        dataset = MetaDataset(source=HTTPDatasetSource(url), name=f"{name}-{split}")._to_mlflow_entity()
        inputs.append(DatasetInput(dataset, [InputTag("mlflow.data.context", context)]))
    client.log_inputs(run, datasets=inputs)
    with tempfile.TemporaryDirectory() as folder:
        for path, text in _files(row, params, curves).items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        client.log_artifacts(run, folder)
    end = started + int(row["epochs"]) * SECONDS_PER_EPOCH
    client.set_terminated(run, status=row["status"], end_time=end * 1000)
    return run


def _curves(row: dict[str, str]) -> list[dict[str, float]]:
    """A dictionary of metrics per epoch; the last val_accuracy is that of the plan."""
    dice = random.Random(row["run"])
    epochs, final = int(row["epochs"]), float(row["val_accuracy"])
    planned = 20 if row["project"] == "cifar10-resnet" else 12
    nan_from = int(row["nan_from"] or epochs)
    overfits = row["augment"] == "false"
    curves = []
    for epoch in range(epochs):
        done = (epoch + 1) / planned
        wobble = dice.gauss(0, 0.012) * (1 - done)
        rise = math.exp(-(epoch + 1) / (0.16 * planned))
        if row["nan_from"]:
            broken = epoch >= nan_from
            loss = math.nan if broken else 2.31 * 1.9**epoch + abs(wobble)
            values = {"train_loss": loss, "val_loss": math.nan if broken else loss * 1.2, "val_accuracy": 0.1}
        else:
            accuracy = final - (final - 0.1) * rise + wobble if epoch + 1 < epochs else final
            train = 2.2 * rise + 0.4 * (1 - final) + abs(wobble) if not overfits else 2.2 * rise**1.6 + 0.001
            gap = 1.5 * max(0.0, done - 0.3) ** 1.3 if overfits else 0.05
            val = 2.1 * rise + 1.6 * (1 - final) + gap + abs(wobble)
            values = {"train_loss": train, "val_loss": val, "val_accuracy": accuracy}
        curves.append({name: value if math.isnan(value) else float(f"{value:.4g}") for name, value in values.items()})
    return curves


def _files(row: dict[str, str], params: dict[str, str], curves: list[dict[str, float]]) -> dict[str, str]:
    dice = random.Random(f"files of {row['run']}")
    log = [f"training {row['model']} on {DATA[row['project']][0]} with {row['optimizer']}, seed {row['seed']}"]
    for epoch, values in enumerate(curves):
        shown = "  ".join(f"{name} {value:g}" for name, value in values.items())
        log.append(f"epoch {epoch + 1:2}/{params['epochs']}  {shown}")
    if row["status"] == "KILLED":
        log.append("received SIGTERM, stopping")
    text = "\n".join(log) + "\n"
    files = {
        "config.yaml": _yaml(row, params),
        "logs/train.log": text + (OUT_OF_MEMORY if row["status"] == "FAILED" else ""),
    }
    if row["status"] == "FINISHED":
        final = float(row["val_accuracy"])
        files["checkpoint/best.json"] = f'{{"epoch": {len(curves)}, "val_accuracy": {final}}}\n'
        if row["project"] == "cifar10-resnet":
            hard = {"cat": 0.06, "bird": 0.03, "dog": 0.03, "deer": 0.01}
            recalls = ((name, final - hard.get(name, -0.02) + dice.gauss(0, 0.003)) for name in CLASSES)
            lines = [f"{name},{min(recall, 0.999):.3f},1000" for name, recall in recalls]
            files["eval/per_class.csv"] = "\n".join(["class,recall,support", *lines]) + "\n"
    return files


def _yaml(row: dict[str, str], params: dict[str, str]) -> str:
    return (
        f"model: {{name: {row['model']}, pretrained: {str(row['project'] != 'cifar10-resnet').lower()}}}\n"
        f"data: {{name: {DATA[row['project']][0]}, augment: {row['augment']}, workers: 8}}\n"
        f"optimizer:\n  name: {row['optimizer']}\n  lr: {row['lr']}\n  weight_decay: {params['weight_decay']}\n"
        f"schedule: {{name: cosine, epochs: {params['epochs']}}}\n"
        f"batch_size: {row['batch_size']}\nseed: {row['seed']}\n"
    )


def _pack(store: Path, archive: Path) -> None:
    """Files in order, without owners and times: only what MLflow wrote tells one archive from another."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(store.rglob("*")):
            if path.is_file():
                entry = tarfile.TarInfo(path.relative_to(store).as_posix())
                entry.size, entry.mode = path.stat().st_size, 0o644
                with open(path, "rb") as content:
                    tar.addfile(entry, content)
    archive.write_bytes(gzip.compress(plain.getvalue(), compresslevel=9, mtime=0))
    print(f"{archive.name}: {archive.stat().st_size:,} bytes, {len(plain.getvalue()):,} unpacked")


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())


if __name__ == "__main__":
    main()
