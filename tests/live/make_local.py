"""Makes the store of tests/it/fixtures/local-3.17.2: the small data of sample.py, written by MLflow itself, no server.

    /path/of/venv-3.17.2/bin/python tests/live/make_local.py [FOLDER]

MLflow's client writes `mlflow.db` and the files of the runs below `mlruns`. Its empty pages are squeezed out (VACUUM), so
that the file is small; nothing else is touched. The paths recorded in it are those of the folder in which it was made,
which is gone: the files are found beside the database, as they are when somebody moves such a folder. One log of a
megabyte, a folder of 250 files and a text that is not UTF-8 are left out.
"""

import gzip
import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import populate  # sets the variables that MLflow must find
from mlflow import MlflowClient
from mlflow.version import VERSION

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests" / "it" / "fixtures" / f"local-{VERSION}"
    with tempfile.TemporaryDirectory(prefix="tracker-mcp-local-") as made:
        ids = fill(Path(made))
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        with sqlite3.connect(Path(made, "mlflow.db")) as store:
            store.execute("VACUUM")
        store.close()
        packed = gzip.compress(Path(made, "mlflow.db").read_bytes(), 9, mtime=0)
        (target / "mlflow.db.gz").write_bytes(packed)
        if Path(made, "mlruns").is_dir():
            shutil.copytree(Path(made, "mlruns"), target / "mlruns", ignore=shutil.ignore_patterns("big.log", "many", "latin-1.txt"))
        (target / "ids.json").write_text(json.dumps(ids, ensure_ascii=False, indent=1) + "\n")
    print(f"{target}: mlflow.db.gz {len(packed)} bytes")


def fill(folder: Path) -> dict:
    """The small data in a new store of this folder, with the files of runs below `mlruns`."""
    uri = f"sqlite:///{folder}/mlflow.db"
    populate.mlflow.set_tracking_uri(uri)
    return populate.fill(Here(MlflowClient(uri), folder), small=True)


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
