#!/usr/bin/env python3
"""Fills a ClearML server with the known data of sample.py, through its REST, and with what only ClearML has.

    clearml_populate.py http://127.0.0.1:8008 --files http://127.0.0.1:8081 --mongo mongodb://127.0.0.1:27017 \\
        --access-key … --secret-key … --small --json ids.json

REST stamps what it makes with the present and with who signs in. So `created`, `started`, `completed`, `active_duration`
and the other moments of tasks, and users, are told to MongoDB directly (the only thing here that needs a package:
pymongo). There must be users with the ids `__ada__`, `__bob__` and `__carol__`, and it should be ada who signs in.

How the data are said in ClearML:
* a project's tags become words (`team:vision`), its note its description; a deleted project is one with the system tag
  `archived`, whose tasks are archived;
* a run is a task of type `training`; params are hyperparams of the section `General`, tags with a value user properties
  (section `properties`); note, parent, code and who started it have fields of their own; why it failed is the
  `status_message` too;
* a metric `a/b` is reported under the title `a` and the series `b`, one without `/` has its name for both;
* artifacts are files on the file server, keyed by their paths;
* a dataset is a dataset task in a hidden project below `lineage`; a task names it in the section `Datasets`, under its
  name, and in `runtime.datasets`. The digest becomes a version;
* a version of a registered model is a model of that name, and its alias a tag.

What ClearML cannot hold: a second value of a metric at the same step (the later one stays), the moment of a metric's
last value, versions and aliases of models as such, what a run used a dataset for, digests of datasets,
`mlflow.source.type`, values that are no numbers. The last are refused by Elasticsearch, as the official SDK knows, which
sends 0 instead; histories are without them here. Where the last value of a metric is none, it is told to MongoDB, as a
server that holds one answers it (bare NaN in its JSON) and a client has to understand that.
"""

import argparse
import hashlib
import json
import math
import mimetypes
import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clearml_extras import add_extras
from clearml_pipelines import add_pipelines
from clearml_queues import add_queues
from clearml_rest import ClearmlServer
from pymongo import MongoClient
from sample import DAY, MINUTE, T0, Input, Point, fill

HOST = {
    "hostname": "node-1",
    "OS": "Linux-6.1.0-x86_64",
    "python_version": "3.11.7",
    "gpu_count": 1,
    "gpu_type": "A100",
}


@dataclass
class Made:
    """A task, as far as more is told of it later."""

    project: str
    name: str
    stamps: dict
    points: list[Point] = field(default_factory=list)
    # How it is to end, and why.
    status: str = ""
    reason: str = ""


class ClearmlSink:
    """A ClearML server that is being filled."""

    # In the order of their making, as the server answers what is asked for in no order.
    at_once = 1

    def __init__(self, server: ClearmlServer, mongo: str) -> None:
        self.server = server
        self.tasks = MongoClient(mongo)["backend"]["task"]
        self.names: dict[str, str] = {}
        self.made: dict[str, Made] = {}
        self.datasets: dict[tuple[str, str], str] = {}
        self.models: list[str] = []
        self.queue = server.call("queues.create", {"name": "gpu"})["id"]

    def project(self, name: str, tags: dict[str, str]) -> str:
        words = [f"{key}:{value}" for key, value in tags.items() if not key.startswith("mlflow.")]
        note = tags.get("mlflow.note.content", "")
        return self.make_project(name, {"description": note, "tags": words})

    def make_project(self, name: str, more: dict) -> str:
        project = self.server.call("projects.create", {"name": name, "description": ""} | more)["id"]
        self.names[project] = name
        return project

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
        tags = dict(tags or {})
        body = {
            "comment": tags.pop("mlflow.note.content", ""),
            "parent": tags.pop("mlflow.parentRunId", None),
            "script": _script(tags),
            "runtime": HOST,
            "system_tags": ["development"],
        }
        user = tags.pop("mlflow.user", "ada")
        sections = {"General": params or {}, "properties": tags}
        body["hyperparams"] = {section: _items(section, items) for section, items in sections.items() if items}
        end = start + int(minutes * MINUTE)
        task = self.make_task(project, name, "training", start, end, user, body)
        self.server.call("tasks.started", {"task": task})
        self.add_points(task, points or [])
        # ClearML takes artifacts and models of tasks that run: all end together, at the end.
        self.made[task].status, self.made[task].reason = status, tags.get("failure_reason", "")
        return task

    def make_task(self, project: str, name: str, kind: str, start: int, end: int, user: str, body: dict) -> str:
        """A draft; it gets its moments at the end, when nothing touches it any more."""
        body = {key: value for key, value in body.items() if value is not None}
        task = self.server.call("tasks.create", {"name": name, "type": kind, "project": project} | body)["id"]
        moments = {"created": start, "started": start, "completed": end, "status_changed": end}
        moments |= {"last_update": end, "last_change": end}
        stamps = {key: datetime.fromtimestamp(value / 1000, UTC) for key, value in moments.items()}
        who = {"user": f"__{user}__", "last_changed_by": f"__{user}__"}
        self.made[task] = Made(project, name, stamps | who | {"active_duration": (end - start) // 1000})
        return task

    def add_points(self, run: str, points: list[Point]) -> None:
        self.made[run].points += points
        events = [_scalar(run, point) for point in points if math.isfinite(point.value)]
        if events:
            self.server.batch("events.add_batch", events)

    def add_files(self, run: str, files: dict[str, bytes | str]) -> None:
        contents = {path: content.encode() if isinstance(content, str) else content for path, content in files.items()}
        at = self.folder(run)
        places = {path: f"{at}/artifacts/{path}/{os.path.basename(path)}" for path in contents}
        self.server.upload({places[path]: content for path, content in contents.items()})
        stamp = int(self.made[run].stamps["completed"].timestamp())
        artifacts = [
            _artifact(path, content, self.server.address(places[path]), stamp) for path, content in contents.items()
        ]
        self.server.call("tasks.add_or_update_artifacts", {"task": run, "artifacts": artifacts})

    def add_log(self, run: str, messages: list[tuple[int, str]]) -> None:
        at = int(self.made[run].stamps["started"].timestamp() * 1000)
        event = {"type": "log", "task": run, "level": "info", "worker": "node-1:gpu0"}
        events = [event | {"timestamp": at + second * 1000, "msg": text} for second, text in messages]
        self.server.batch("events.add_batch", events)

    def folder(self, run: str) -> str:
        """Where the official SDK puts a task's files."""
        made = self.made[run]
        return f"{self.names[made.project]}/{made.name}.{run}"

    def add_inputs(self, run: str, inputs: list[Input]) -> None:
        ids = {one.name: self._dataset(one.name, one.digest) for one in inputs}
        items = list(_items("Datasets", ids).values())
        self.server.call("tasks.edit_hyper_params", {"task": run, "hyperparams": items, "force": True})
        runtime = HOST | {"datasets": list(ids.values())}
        self.server.call("tasks.edit", {"task": run, "runtime": runtime, "force": True})

    def _dataset(self, name: str, digest: str) -> str:
        """A dataset of this digest, made when it is first used."""
        if (name, digest) in self.datasets:
            return self.datasets[name, digest]
        above, home = "lineage/.datasets", f"lineage/.datasets/{name}"
        for project, tags in ((above, ["hidden"]), (home, ["dataset", "hidden"])):
            if project not in self.names.values():
                self.make_project(project, {"system_tags": tags})
        project = next(project for project, known in self.names.items() if known == home)
        version = f"1.0.{sum(known == name for known, _ in self.datasets)}"
        start = T0 - 10 * DAY + len(self.datasets) * MINUTE
        content = f"{name} {digest}\n".encode()
        body = {"system_tags": ["dataset"], "hyperparams": {"properties": _items("properties", {"version": version})}}
        task = self.make_task(project, name, "data_processing", start, start + MINUTE, "ada", body)
        facts = {"ds_file_count": 1, "ds_link_count": 0, "ds_total_size": len(content)}
        facts |= {"orig_dataset_name": name, "orig_dataset_id": task, "version": version}
        self.server.call("tasks.edit", {"task": task, "runtime": facts})
        node = {"job_id": task, "status": "completed", "parents": [], "name": name, "version": version}
        listing = f"File Name (1 files), File Size (total {len(content)} B), Hash (SHA2)\n"
        listing += f"{name}.txt, {len(content)}, {hashlib.sha256(content).hexdigest()}"
        configuration = [
            {"name": "Dataset Struct", "value": json.dumps({"0": node}), "type": "json"},
            {"name": "Dataset Content", "value": listing, "type": "CSV"},
        ]
        self.server.call("tasks.edit_configuration", {"task": task, "configuration": configuration})
        self.add_files(task, {"data": content})
        self.server.call("tasks.started", {"task": task})
        self.server.call("tasks.completed", {"task": task})
        self.datasets[name, digest] = task
        return task

    def model(self, name: str, runs: list[str], aliases: dict[str, int]) -> None:
        for number, run in enumerate(runs, start=1):
            place = f"{self.folder(run)}/models/model.pt"
            self.server.upload({place: b"\x80weights" + bytes([number]) * 64})
            body = {
                "name": name,
                "task": run,
                "project": self.made[run].project,
                "uri": self.server.address(place),
                "framework": "PyTorch",
                "comment": "Finds fraud.",
                "tags": [alias for alias, version in aliases.items() if version == number],
                "metadata": {"team": {"key": "team", "type": "str", "value": "risk"}},
                "labels": {"ham": 0, "fraud": 1},
                "ready": aliases.get("champion") == number,
            }
            model = self.server.call("models.create", body)["id"]
            link = {"task": run, "name": name, "model": model, "type": "output"}
            self.server.call("tasks.add_or_update_model", link)
            self.models.append(model)

    def delete_run(self, run: str) -> None:
        self._end(run)
        self.server.call("tasks.archive_many", {"ids": [run]})

    def delete_project(self, project: str) -> None:
        self.server.call("projects.update", {"project": project, "system_tags": ["archived"]})
        for task, made in self.made.items():
            if made.project == project:
                self.delete_run(task)

    def _end(self, task: str) -> None:
        made = self.made[task]
        match made.status:
            case "FINISHED":
                self.server.call("tasks.completed", {"task": task})
            case "FAILED":
                why = {"status_reason": "", "status_message": made.reason}
                self.server.call("tasks.failed", {"task": task} | why)
            case "KILLED":
                self.server.call("tasks.stop", {"task": task, "force": True})
            case "SCHEDULED":
                # It ran and waits to be run again: a task that never ran would have no start and no metrics.
                self.server.call("tasks.stopped", {"task": task})
                self.server.call("tasks.enqueue", {"task": task, "queue": self.queue})
        made.status = ""

    def finish(self) -> None:
        """Ends what runs, and tells MongoDB what REST cannot: moments, users, and last values that are no numbers."""
        for task, made in self.made.items():
            self._end(task)
            known = self.tasks.find_one({"_id": task}, list(made.stamps))
            # What the server leaves out it leaves out here: a task that failed is never completed.
            stamps = {key: value for key, value in made.stamps.items() if known.get(key) is not None}
            self.tasks.update_one({"_id": task}, {"$set": stamps | _no_numbers(made.points)})


def _script(tags: dict[str, str]) -> dict:
    """What is known of the code, taken out of the tags."""
    repository = tags.pop("mlflow.source.git.repoURL", "")
    tags.pop("mlflow.source.type", None)
    script = {
        "repository": repository,
        "branch": tags.pop("mlflow.source.git.branch", ""),
        "version_num": tags.pop("mlflow.source.git.commit", ""),
        "entry_point": tags.pop("mlflow.source.name", ""),
    }
    if repository:
        script |= {
            "working_dir": ".",
            "binary": "python3.11",
            "diff": "diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-lr = 0.1\n+lr = 0.2\n",
            "requirements": {"pip": "torch == 2.2.0\nnumpy == 1.26.4\n", "conda": ""},
        }
    return {key: value for key, value in script.items() if value}


def _items(section: str, values: dict[str, str]) -> dict[str, dict]:
    return {name: {"section": section, "name": name, "value": value} for name, value in values.items()}


def title_and_series(key: str) -> tuple[str, str]:
    """How a metric is called in ClearML."""
    title, slash, series = key.rpartition("/")
    return (title, series) if slash else (key, key)


def _scalar(task: str, point: Point) -> dict:
    title, series = title_and_series(point.key)
    event = {"type": "training_stats_scalar", "task": task, "metric": title, "variant": series}
    return event | {"value": point.value, "iter": point.step, "timestamp": point.timestamp}


def _no_numbers(points: list[Point]) -> dict:
    """Fields of `last_metrics` of those metrics whose last value is no number."""
    fields = {}
    histories: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        histories[point.key].append(point)
    for key, history in histories.items():
        last = max(history, key=lambda point: (point.step, point.timestamp))
        if math.isfinite(last.value):
            continue
        title, series = title_and_series(key)
        at = "last_metrics." + ".".join(hashlib.md5(name.encode()).hexdigest() for name in (title, series))
        fields |= {f"{at}.metric": title, f"{at}.variant": series, f"{at}.value": last.value}
        if not any(math.isfinite(point.value) for point in history):
            first = min(history, key=lambda point: (point.step, point.timestamp))
            for which in ("first", "min", "max"):
                fields |= {f"{at}.{which}_value": first.value, f"{at}.{which}_value_iteration": first.step}
            fields |= {f"{at}.count": len(history), f"{at}.mean_value": first.value}
    return fields


def _artifact(path: str, content: bytes, uri: str, stamp: int) -> dict:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    preview = f"{os.path.basename(path)} - {len(content)} bytes\n"
    if path.endswith("config.json"):
        preview = content.decode()
    return {
        "key": path,
        "type": "dict" if path.endswith("config.json") else "custom",
        "mode": "output",
        "uri": uri,
        "hash": hashlib.sha256(content).hexdigest(),
        "content_size": len(content),
        "timestamp": stamp,
        "type_data": {"preview": preview, "content_type": kind},
        "display_data": [],
    }


def populate(server: ClearmlServer, mongo: str, small: bool = False) -> dict:
    """Fills the server and returns what was put there, with the server's ids."""
    sink = ClearmlSink(server, mongo)
    ids = fill(sink, small)
    ids["models"]["ids"] = sink.models
    ids["datasets"] = {f"{name} {digest}": task for (name, digest), task in sink.datasets.items()}
    ids["clearml"] = add_extras(sink, ids)
    ids["clearml"] |= add_pipelines(sink)
    sink.finish()
    add_queues(server)
    return ids


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api", help="address of the API server, e.g. http://127.0.0.1:8008")
    parser.add_argument("--files", required=True, help="address of the file server")
    parser.add_argument("--mongo", required=True, help="address of the API server's MongoDB")
    parser.add_argument("--access-key", default=os.environ.get("CLEARML_API_ACCESS_KEY"))
    parser.add_argument("--secret-key", default=os.environ.get("CLEARML_API_SECRET_KEY"))
    parser.add_argument("--small", action="store_true", help="a sweep of 12 runs instead of 300")
    parser.add_argument("--json", metavar="FILE", help="write what was made to this file")
    arguments = parser.parse_args()
    started = time.monotonic()
    server = ClearmlServer(arguments.api, arguments.files, arguments.access_key, arguments.secret_key)
    text = json.dumps(populate(server, arguments.mongo, arguments.small), ensure_ascii=False, indent=1)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text)
    else:
        print(text)
    print(f"populated in {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
