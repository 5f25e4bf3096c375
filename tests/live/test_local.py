"""The local store without a server: the same file that the server keeps its data in, read beside it."""

import hashlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

from answers import metrics, same_number
from context import Context
from sample import T0

QUESTIONS = [
    {"projects": ["bench"], "order_by": "metrics.val_f1 desc"},
    {"projects": ["bench"], "order_by": "metrics.val_f1 asc"},
    {"order_by": "started desc"},
    {"filter": "status = 'failed' or metrics.val_f1 > 0.9", "order_by": "name asc"},
    {"filter": "params.optimizer = 'adam' and not tags.golden is not null", "order_by": "params.lr asc"},
    {"filter": "metrics.val_f1 is not null and not metrics.val_f1 > 0.5", "order_by": "duration desc"},
    {"filter": "dataset = 'mmlu'"},
    {"query": "sweep"},
]
RUNS = 100_000
POINTS = 1_000_000
TOP_FIVE_BYTES = 3_000
RSS_MB = 60


async def test_the_store_gives_the_same_runs_in_the_same_order_as_the_server(context: Context) -> None:
    for question in QUESTIONS:
        found = []
        for uri in (context.uri, context.store):
            async with context.connect(uri) as connection:
                found.append(await connection.all_ids(**question))
        assert found[0] and found[0] == found[1], f"{question}: {found}"


async def test_the_values_are_those_that_mlflows_client_reads(context: Context) -> None:
    runs = context.reference.of("bench")[:5]
    answer = await context.ask("get_runs", uri=context.store, runs=[run.id for run in runs])
    for ours, theirs in zip(answer.structured["runs"], runs, strict=True):
        assert ours["name"] == theirs.name
        for name, value in metrics(ours).items():
            assert same_number(value, theirs.metrics[name]), (name, value, theirs.metrics[name])


async def test_histories_are_those_of_the_server(context: Context) -> None:
    runs = [run.id for run in context.reference.of("curves")]
    asked = [await _history(context, uri, runs) for uri in (context.uri, context.store)]
    assert asked[0] == asked[1], f"{asked[0]}\n{asked[1]}"


async def _history(context: Context, uri: str, runs: list[str]) -> str:
    answer = await context.ask("get_metric_history", uri=uri, runs=runs, metrics=["*"], points=100)
    return repr(answer.structured["series"]).replace("local:", "mlflow:")


async def test_files_of_runs_are_read_from_the_disk(context: Context) -> None:
    run = context.ids["runs"]["files"]
    listed = [await context.ask("list_artifacts", uri=uri, run=run) for uri in (context.uri, context.store)]
    paths = [[row["path"] for row in answer.rows("artifacts")] for answer in listed]
    assert paths[0] and paths[0] == paths[1], paths
    tail = {"runs": [run], "path": "big.log", "part": "tail", "lines": 3}
    answers = [(await context.ask("read_artifact", uri=uri, **tail)).text for uri in (context.uri, context.store)]
    # A cursor is bound to its tracker.
    read = [[line for line in text.replace("local:", "mlflow:").splitlines() if "next_cursor: " not in line] for text in answers]
    assert read[0] == read[1], read


async def test_a_writer_never_fails_while_a_million_points_are_scanned(context: Context) -> None:
    with Big(context) as big:
        stop, waits, faults = threading.Event(), [], []
        writer = threading.Thread(target=_write, args=(big.path, stop, waits, faults))
        writer.start()
        try:
            started = time.monotonic()
            answer = await context.ask("get_metric_history", uri=big.uri, runs=[big.runs[0]], metrics=["loss"], points=20)
            took = time.monotonic() - started
        finally:
            stop.set()
            writer.join()
        assert not faults, faults
        assert answer.rows("series")[0]["n"] == POINTS, answer.text
        print(f"        {POINTS} points in {took:.1f} s beside {len(waits)} writes, the longest {max(waits):.3f} s")


async def test_the_top_five_of_a_hundred_thousand_are_the_true_ones(context: Context) -> None:
    with Big(context) as big:
        before = big.checksum()
        for order in ("desc", "asc"):
            question = {"order_by": f"metrics.val_f1 {order}", "limit": 5}
            async with context.connect(big.uri) as connection:
                answer = await connection.ask("search_runs", **question)
                second = await connection.ask("search_runs", **question, cursor=answer.next_cursor)
            assert answer.ids() + second.ids() == big.best(order, 10), answer.text
            assert answer.size() <= TOP_FIVE_BYTES, answer.size()
            print(f"        top 5 of {RUNS} in {answer.seconds:.2f} s, the next 5 in {second.seconds:.2f} s")
        assert big.checksum() == before, "the file was changed"
        peak = _peak(context, big.uri)
        assert peak is None or peak < RSS_MB, f"{peak:.0f} MB"
        print(f"        peak of {peak} MB")


async def test_a_store_in_the_working_directory_is_offered_when_nothing_is_configured(context: Context) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(context.store.removeprefix("sqlite:///"), Path(folder, "mlflow.db"))
        command = [str(context.binary), "call", "list_trackers", "{}"]
        told = subprocess.run(command, cwd=folder, env=context.environment(None), capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "no tracker is configured" in told.stdout and "mlflow.db" in told.stdout, told.stdout


def _write(path: Path, stop: threading.Event, waits: list[float], faults: list[str]) -> None:
    """Writes as MLflow's client does, with a busy timeout of a second."""
    with sqlite3.connect(path, timeout=1) as store:
        while not stop.is_set():
            begun = time.monotonic()
            try:
                store.execute("INSERT INTO experiment_tags VALUES (?, 'x', 0)", (uuid.uuid4().hex,))
                store.commit()
            except sqlite3.OperationalError as fault:
                faults.append(str(fault))
            waits.append(time.monotonic() - begun)
            time.sleep(0.01)
    store.close()


def _peak(context: Context, uri: str) -> float | None:
    """The largest memory of one `call`, in MB, where /usr/bin/time or the like can tell it."""
    if sys.platform != "linux":
        return None
    script = (
        "import resource, subprocess, sys; "
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    arguments = '{"order_by": "metrics.val_f1 desc", "limit": 5}'
    command = [sys.executable, "-c", script, str(context.binary), "call", "search_runs", arguments]
    told = subprocess.run(command, env=context.environment(uri), capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


class Big:
    """A store of this size: MLflow's own empty one, filled past its client, which would take hours."""

    def __init__(self, context: Context) -> None:
        self.empty = context.store.removeprefix("sqlite:///")

    def __enter__(self) -> "Big":
        self.folder = tempfile.TemporaryDirectory(prefix="tracker-mcp-big-")
        self.path = Path(self.folder.name, "mlflow.db")
        shutil.copy(self.empty, self.path)
        self.uri = f"sqlite:///{self.path}"
        chance = random.Random(1)
        self.runs = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(RUNS)]
        self.values = {run: chance.random() for run in self.runs}
        with sqlite3.connect(self.path) as store:
            store.execute("PRAGMA synchronous = OFF")
            for table in ("metrics", "latest_metrics", "params", "tags", "inputs", "model_versions", "runs"):
                store.execute(f"DELETE FROM {table}")
            experiment = store.execute("SELECT min(experiment_id) FROM experiments").fetchone()[0]
            store.executemany(
                "INSERT INTO runs (run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, "
                "experiment_id) VALUES (?, ?, 'ada', 'FINISHED', ?, ?, 'active', '', ?)",
                ((run, f"run {at}", T0 + at, T0 + at + 60_000, experiment) for at, run in enumerate(self.runs)),
            )
            store.executemany(
                "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('val_f1', ?, ?, 0, 0, ?)",
                ((value, T0, run) for run, value in self.values.items()),
            )
            store.executemany(
                "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('loss', ?, ?, ?, ?, 0)",
                ((1 / (step + 1), T0 + step, self.runs[0], step) for step in range(POINTS)),
            )
            store.execute(
                "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('loss', 0.1, ?, ?, 0, ?)",
                (T0, POINTS - 1, self.runs[0]),
            )
        store.close()
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.cleanup()

    def best(self, order: str, count: int) -> list[str]:
        """The first by the metric."""
        return sorted(self.runs, key=self.values.__getitem__, reverse=order == "desc")[:count]

    def checksum(self) -> str:
        """Of the whole file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()
