"""What MLflow's own client says is on the server: the truth that our answers are held against."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType


@dataclass(frozen=True)
class Fact:
    """A run as MLflow's client reads it; times in milliseconds."""

    id: str
    name: str
    status: str
    experiment: str
    start: int
    end: int | None
    user: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    datasets: frozenset[str]
    deleted: bool

    def finite(self, metric: str) -> float | None:
        """The metric, if the run has it and it is a number that can be ranked."""
        value = self.metrics.get(metric)
        return value if value is not None and math.isfinite(value) else None


STATUS = {
    "RUNNING": "running",
    "SCHEDULED": "queued",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "stopped",
}


class Reference:
    """All experiments and runs of a server, read once."""

    def __init__(self, uri: str) -> None:
        self.client = MlflowClient(uri)
        self.experiments = self.client.search_experiments(view_type=ViewType.ALL)
        self.all = [run for experiment in self.experiments for run in self._runs_of(experiment)]

    def _runs_of(self, experiment) -> list[Fact]:
        facts, token = [], None
        while True:
            page = self.client.search_runs(
                [experiment.experiment_id], run_view_type=ViewType.ALL, max_results=1000, page_token=token
            )
            facts += [_fact(run, experiment) for run in page]
            token = page.token
            if not token:
                return facts

    def active(self) -> list[Fact]:
        """The runs that a search sees unless it is asked for archived ones."""
        return [run for run in self.all if not run.deleted]

    def of(self, experiment: str) -> list[Fact]:
        """The active runs of an experiment."""
        return [run for run in self.active() if run.experiment == experiment]

    def where(self, holds: Callable[[Fact], bool]) -> set[str]:
        """Ids of the active runs for which something holds."""
        return {run.id for run in self.active() if holds(run)}

    def latest(self, runs: list[Fact] | None = None) -> list[Fact]:
        """The most recently started first."""
        return sorted(self.active() if runs is None else runs, key=lambda run: (-run.start, run.id))

    def ranked(self, runs: list[Fact], metric: str, descending: bool) -> list[Fact]:
        """By a metric, only those where it is a finite number."""
        sign = -1 if descending else 1
        ranked = [run for run in runs if run.finite(metric) is not None]
        return sorted(ranked, key=lambda run: (sign * run.metrics[metric], run.id))

    def run(self, run_id: str) -> Fact:
        """One run."""
        return next(run for run in self.all if run.id == run_id)


def _fact(run: Run, experiment) -> Fact:
    return Fact(
        id=run.info.run_id,
        name=run.info.run_name,
        status=STATUS[run.info.status],
        experiment=experiment.name,
        start=run.info.start_time,
        end=run.info.end_time,
        user=run.data.tags.get("mlflow.user", ""),
        params=dict(run.data.params),
        metrics={key: _value(value) for key, value in run.data.metrics.items()},
        tags=dict(run.data.tags),
        datasets=frozenset(entry.dataset.name for entry in run.inputs.dataset_inputs) if run.inputs else frozenset(),
        deleted="deleted" in (run.info.lifecycle_stage, experiment.lifecycle_stage),
    )


def _value(value: float) -> float:
    """MLflow's SQL store keeps an infinity as the largest number."""
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else value
