#!/usr/bin/env python3
"""Writes backends/local/write/schema.sql: the schema of a store that the pinned MLflow has just made, and its first rows.

Run it by hand when the pinned version changes: `python3 tests/live/make_schema.py`. The live tests compare the file with
what MLflow makes.
"""

import itertools
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import venvs

FILE = venvs.ROOT / "backends" / "local" / "write" / "schema.sql"
# Rows that MLflow puts into every new store; the default experiment is not among them, for it holds a path and a time.
SEEDS = ["alembic_version", "workspaces"]
MAKE = """
import sys
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
SqlAlchemyStore("sqlite:///" + sys.argv[1], sys.argv[2])
"""


def fresh_store(python: Path, folder: Path) -> Path:
    """A store that MLflow makes in the folder."""
    database = folder / "mlflow.db"
    command = [str(python), "-c", MAKE, str(database), str(folder / "mlruns")]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return database


def schema(database: Path, version: str) -> str:
    """The statements that make a store like this one, in the order in which it was made.

    MLflow makes indexes, and the checks of a table, in the order of Python's sets: here those are sorted.
    """
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        parts = [f"-- The schema of MLflow {version} with the rows of every new store; made by tests/live/make_schema.py."]
        statements = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        parts += _sorted_where("INDEX ", [_tidy(statement) + ";" for (statement,) in statements])
        parts += [_insert(connection, table) for table in SEEDS]
    finally:
        connection.close()
    return "\n".join(parts) + "\n"


def _insert(connection: sqlite3.Connection, table: str) -> str:
    rows = connection.execute(f"SELECT * FROM {table}")
    columns = ", ".join(column[0] for column in rows.description)
    [row] = rows.fetchall()
    values = ", ".join(_literal(value) for value in row)
    return f"INSERT INTO {table} ({columns}) VALUES ({values});"


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _tidy(statement: str) -> str:
    first, *inner = (line.rstrip() for line in statement.splitlines())
    if not first.startswith("CREATE TABLE"):
        return "\n".join([first, *inner])
    definitions = _sorted_where(" CHECK (", [line.rstrip(",") for line in inner[:-1]])
    return "\n".join([first, ",\n".join(definitions), inner[-1]])


def _sorted_where(mark: str, lines: list[str]) -> list[str]:
    """Neighbours whose first line has the mark change places."""
    grouped = itertools.groupby(lines, lambda line: mark in line.splitlines()[0])
    return [line for marked, group in grouped for line in (sorted(group) if marked else group)]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tracker-mcp-schema-") as folder:
        database = fresh_store(venvs.python("3"), Path(folder))
        FILE.write_text(schema(database, venvs.VERSIONS["3"]))
    print(f"wrote {FILE.relative_to(venvs.ROOT)}")


if __name__ == "__main__":
    main()
