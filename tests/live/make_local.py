"""Makes the stores of tests/it/fixtures/local-VERSION and tree-VERSION: the small data of sample.py, written by MLflow
itself, no server.

    /path/of/venv-3.17.2/bin/python tests/live/make_local.py [--tree | --traces] [FOLDER]

MLflow's client writes `mlflow.db` and the files of the runs below `mlruns`. Its empty pages are squeezed out (VACUUM), so
that the file is small; nothing else is touched. With `--tree` it writes all into `mlruns`, as it did before 3.7; its many
small files are packed into one (names with their bytes as characters). The paths recorded in a store are those of the
folder in which it was made, which is gone: the files are found beside the database, as they are when somebody moves such
a folder. One log of a megabyte, a folder of 250 files and a text that is not UTF-8 are left out. With `--traces` it writes
the traces of sample_traces.py instead, into a database and into a tree: local-traces-VERSION and tree-traces-VERSION.
"""

import argparse
import contextlib
import gzip
import json
import os
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import populate  # sets the variables that MLflow must find
import sample_traces
from mlflow import MlflowClient
from mlflow.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = ("big.log", "many", "latin-1.txt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", action="store_true", help="a folder of files in the place of a database")
    parser.add_argument("--traces", action="store_true", help="traces, in a database and in a folder of files")
    parser.add_argument("folder", nargs="?", type=Path)
    arguments = parser.parse_args()
    if arguments.traces:
        make_traces(arguments.folder or ROOT / "tests" / "it" / "fixtures")
        return
    name = f"{'tree' if arguments.tree else 'local'}-{VERSION}"
    target = arguments.folder or ROOT / "tests" / "it" / "fixtures" / name
    with tempfile.TemporaryDirectory(prefix="tracker-mcp-local-") as made:
        ids = fill_tree(Path(made)) if arguments.tree else fill(Path(made))
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        file, content = packed_tree(Path(made)) if arguments.tree else packed_database(Path(made), target)
        packed = gzip.compress(content, 9, mtime=0)
        (target / file).write_bytes(packed)
        (target / "ids.json").write_text(json.dumps(ids, ensure_ascii=False, indent=1) + "\n")
    print(f"{target}: {file} {len(packed)} bytes")


def make_traces(folder: Path) -> None:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    for kind, file in (("local", "mlflow.db"), ("tree", "mlruns")):
        target = folder / f"{kind}-traces-{VERSION}"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="tracker-mcp-local-") as made, contextlib.chdir(made):
            place = Path(made, file)
            uri = place.as_uri() if kind == "tree" else f"sqlite:///{place}"
            ids = sample_traces.populate_traces(uri, many=40)
            odd = sample_traces.populate_odd_traces(uri)
            ids |= {"linked": odd["run"], "judged": odd["judged"]}
            tidy(Path(made))
            packed, content = packed_tree(Path(made)) if kind == "tree" else packed_database(Path(made), None)
            (target / packed).write_bytes(gzip.compress(content, 9, mtime=0))
            (target / "ids.json").write_text(json.dumps(ids, indent=1) + "\n")


def tidy(made: Path) -> None:
    """Takes the places of this machine out of stack traces."""
    places = {str(Path(__file__).resolve().parent): "/app", sys.prefix: "/venv"}
    for place, told in places.items():
        for file in made.rglob("traces.json"):
            file.write_text(file.read_text().replace(place, told))
        if (made / "mlflow.db").exists():
            with sqlite3.connect(made / "mlflow.db") as store:
                store.execute("UPDATE spans SET content = replace(content, ?, ?)", (place, told))
            store.close()


def packed_database(made: Path, target: Path | None) -> tuple[str, bytes]:
    with sqlite3.connect(made / "mlflow.db") as store:
        store.execute("VACUUM")
    store.close()
    if target and (made / "mlruns").is_dir():
        shutil.copytree(made / "mlruns", target / "mlruns", ignore=shutil.ignore_patterns(*LEFT_OUT))
    return "mlflow.db.gz", (made / "mlflow.db").read_bytes()


def packed_tree(made: Path) -> tuple[str, bytes]:
    root = made / "mlruns"
    files = sorted(file for file in root.rglob("*") if file.is_file())
    named = {str(file.relative_to(root)): file for file in files if not set(file.relative_to(root).parts) & set(LEFT_OUT)}
    content = {name: file.read_bytes().decode("latin-1") for name, file in named.items()}
    return "mlruns.json.gz", json.dumps(content).encode()


def fill(folder: Path) -> dict:
    """The small data in a new store of this folder, with the files of runs below `mlruns`."""
    uri = f"sqlite:///{folder}/mlflow.db"
    populate.mlflow.set_tracking_uri(uri)
    return populate.fill(Here(MlflowClient(uri), folder), small=True)


def fill_tree(folder: Path) -> dict:
    """The small data in `mlruns` of this folder."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    uri = (folder / "mlruns").as_uri()
    populate.mlflow.set_tracking_uri(uri)
    sink = populate.MlflowSink(MlflowClient(uri))
    sink.at_once = 1
    return populate.fill(sink, small=True)


class Here(populate.MlflowSink):
    """A store whose experiments keep their files in this folder, whatever the working directory is."""

    at_once = 1

    def __init__(self, client: MlflowClient, folder: Path) -> None:
        super().__init__(client)
        self.folder = folder

    def project(self, name: str, tags: dict[str, str]) -> str:
        number = len(self.client.search_experiments(view_type=3))
        place = (self.folder / "mlruns" / str(number)).as_uri()
        project = self.client.create_experiment(name, artifact_location=place, tags=tags)
        assert project == str(number), f"{project} is not {number}"
        return project


if __name__ == "__main__":
    main()
