"""A pipeline whose step failed and a report, as SDK 2.1.12 and the web interface leave them: in hidden projects below
`vision`, so that no question about the other data is answered otherwise.
"""

import json
from typing import TYPE_CHECKING

from sample import DAY, HOUR, MINUTE, T0

if TYPE_CHECKING:
    from clearml_populate import ClearmlSink

CONSOLE = """training on 20 rows
Traceback (most recent call last):
  File "/tmp/steps/train.py", line 28, in train
    raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB
"""
# What the SDK writes of a step beside what became of it.
STEP = {
    "base_task_id": None,
    "queue": None,
    "timeout": None,
    "parameters": {},
    "configurations": {},
    "task_overrides": {},
    "clone_task": False,
    "cache_executed_step": False,
    "continue_on_fail": False,
    "skip_children_on_fail": True,
    "stage": None,
}


def add_pipelines(sink: "ClearmlSink") -> dict:
    """Puts them there and returns their ids."""
    return {"failed_pipeline": _failed(sink), "report": _report(sink)}


def _failed(sink: "ClearmlSink") -> dict:
    """`prepare` is taken from an earlier run, `train` fails, `evaluate` waits for it, `export` is left out by the code."""
    call = sink.server.call
    project = sink.make_project("vision/.pipelines/weekly", {"system_tags": ["hidden", "pipeline"]})
    start = T0 + 6 * DAY
    system = {"system_tags": ["development", "pipeline"], "runtime": {"version": "1.0.0"}}
    controller = sink.make_task(project, "weekly #1", "controller", start, start + HOUR, "bob", system)
    earlier = sink.make_task(project, "prepare", "data_processing", start - DAY, start - DAY + MINUTE, "bob", {})
    body = {"parent": controller}
    train = sink.make_task(project, "train", "training", start + MINUTE, start + 3 * MINUTE, "bob", body)
    began = (start + MINUTE) / 1000
    steps = {
        "prepare": {"parents": [], "executed": earlier, "status": "cached", "job_id": earlier},
        "train": {"parents": ["prepare"], "executed": False, "status": "failed", "job_id": train}
        | {"job_started": began, "job_ended": began + 120},
        "evaluate": {"parents": ["train"], "executed": None, "status": "skipped", "job_id": None, "skip_job": True},
        "export": {"parents": ["prepare"], "executed": None, "status": "skipped", "job_id": None, "skip_job": True},
    }
    text = json.dumps({name: STEP | step for name, step in steps.items()}, indent=2)
    configuration = [{"name": "Pipeline", "value": text, "type": "dictionary"}]
    call("tasks.edit_configuration", {"task": controller, "configuration": configuration})
    event = {"type": "log", "task": train, "level": "error", "worker": "node-1:gpu0", "msg": CONSOLE}
    sink.server.batch("events.add_batch", [event | {"timestamp": start + 2 * MINUTE}])
    for task in (earlier, train, controller):
        call("tasks.started", {"task": task})
    call("tasks.completed", {"task": earlier})
    call("tasks.failed", {"task": train, "status_reason": "", "status_message": ""})
    call("tasks.failed", {"task": controller, "status_reason": "Pipeline step failed", "status_message": ""})
    return {"controller": controller, "prepare": earlier, "train": train}


def _report(sink: "ClearmlSink") -> str:
    """A report on the failed step, with a plot of it and a picture."""
    call = sink.server.call
    # The server itself puts it into `vision/.reports`.
    report = call("reports.create", {"name": "weekly report", "project": _project(sink, "vision")})["id"]
    widget = "http://127.0.0.1:8080/widgets/?objectType=task&type=scalar&objects=00000000000000000000000000000000"
    lines = ["# Weekly report ü", "", "![confusion matrix](https://files.example/matrix.png)", ""]
    lines += [f'<iframe src="{widget}&metrics=val&variants=loss" width="100%"></iframe>', ""]
    lines += [f"{number}. val_f1 of week {number} is 0.{number:03}." for number in range(1, 201)]
    call("reports.update", {"task": report, "report": "\n".join(lines) + "\n"})
    return report


def _project(sink: "ClearmlSink", name: str) -> str:
    found = sink.server.call("projects.get_all_ex", {"name": f"^{name}$", "only_fields": ["id"]})
    return found["projects"][0]["id"]
