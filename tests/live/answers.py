"""How an answer of a tool is read: the one place to adapt when its shape changes."""

import json
import math
from dataclasses import dataclass
from typing import Any

# The names under which the one tracker of a test is configured: the part before `:` in references. The second is a store
# that is read without a server.
TRACKERS = ("mlflow", "local")


@dataclass
class Answer:
    """What a tool call gave."""

    call: str
    is_error: bool
    text: str
    structured: dict
    seconds: float

    def rows(self, table: str = "runs") -> list[dict[str, Any]]:
        """The rows of a table, each with its columns' names. A table without rows is not in the answer."""
        content = self.structured.get(table, {"columns": [], "rows": []})
        return [dict(zip(content["columns"], row, strict=True)) for row in content["rows"]]

    def ids(self) -> list[str]:
        """The runs of a table or of `get_runs`, without the tracker's name, in order."""
        runs = self.structured.get("runs")
        runs = runs if isinstance(runs, list) else self.rows()
        return [run_id(run["run"]) for run in runs]

    def run(self, position: int = 0) -> dict[str, Any]:
        """One run of `get_runs`."""
        return self.structured["runs"][position]

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, if there is one."""
        return self.structured.get("next_cursor")

    def everything(self) -> str:
        """All that a client could show of it."""
        return self.text + "\n" + json.dumps(self.structured, ensure_ascii=False)

    def size(self) -> int:
        """Bytes of the larger of its two forms; a client shows the model only one of them."""
        compact = json.dumps(self.structured, ensure_ascii=False, separators=(",", ":"))
        return max(len(self.text.encode()), len(compact.encode()))


def run_id(reference: str) -> str:
    """The id in `mlflow:<id>`."""
    tracker, _, rest = reference.partition(":")
    assert tracker in TRACKERS and rest, f"not a reference of one of the trackers {TRACKERS}: {reference}"
    return rest


def number(value: Any) -> float:
    """A number of an answer; the non-finite ones are strings there."""
    if isinstance(value, str):
        assert value in ("NaN", "Infinity", "-Infinity"), f"not a number: {value!r}"
    assert not isinstance(value, bool), f"not a number: {value!r}"
    return float(value)


def same_number(ours: Any, theirs: float, digits: int = 6) -> bool:
    """Whether a number of an answer is MLflow's, rounded to so many significant digits."""
    ours = number(ours)
    if math.isnan(theirs) or math.isinf(theirs):
        return str(ours) == str(theirs)
    return math.isclose(ours, theirs, rel_tol=0.5001 * 10 ** (1 - digits), abs_tol=0)


def metrics(run: dict[str, Any]) -> dict[str, Any]:
    """The last values of a run of `get_runs`, by name."""
    table = run["metrics"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    return {row["metric"]: row["value"] for row in rows}


def counts(content: Any) -> dict[str, int]:
    """Counters of `get_project`, as a table of name and number, a list of such pairs, or an object."""
    if isinstance(content, dict) and "rows" in content:
        return {str(row[0]): row[1] for row in content["rows"]}
    if isinstance(content, list):
        return {str(next(iter(entry.values()))): entry["runs"] for entry in content}
    return dict(content)


def cells(answer: Answer, table: str) -> list[str]:
    """All cells of a table as text."""
    return [str(cell) for row in answer.structured[table]["rows"] for cell in row]


def text_names_every_run(answer: Answer) -> None:
    """Fails if the text form lacks a run, or a metric's value, that the structured form has."""
    for row in answer.rows():
        lines = [line for line in answer.text.splitlines() if run_id(row["run"]) in line]
        assert lines, f"the text does not name {row['run']}:\n{answer.text}"
        for column, value in row.items():
            if column.startswith("metrics.") and value is not None:
                shown = value if isinstance(value, str) else json.dumps(value)
                assert any(shown in line for line in lines), f"the text lacks {column} = {shown} of {row['run']}"
