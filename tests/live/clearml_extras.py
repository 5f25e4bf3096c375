"""What only ClearML has, put beside the data of sample.py, where no question of theirs is answered otherwise by it:
configuration objects, single values, plots, debug samples, console logs, series of the machine, a pipeline, a queue.
"""

import json
from typing import TYPE_CHECKING

from sample import DAY, HOUR, MINUTE, T0, png_of

if TYPE_CHECKING:
    from clearml_populate import ClearmlSink

# What the SDK gives to values that have no step.
NO_STEP = -(2**31)
TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 12, in <module>
    main()
RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB
"""


def add_extras(sink: "ClearmlSink", ids: dict) -> dict:
    """Puts them there and returns their ids."""
    call = sink.server.call
    baseline, candidate = ids["compare"]["baseline"], ids["compare"]["candidate"]
    for number, task in enumerate((baseline, candidate)):
        _configuration(sink, task, number)
        _single_values(sink, task, number)
        _plots(sink, task, number)
        _debug_samples(sink, task)
        _console(sink, task)
        call("tasks.update_tags", {"ids": [task], "add_tags": [("baseline", "candidate")[number], "nightly"]})
    _configuration(sink, ids["bench"][4], 0)
    _machine(sink, ids["bench"][4])
    events = [_log(sink, ids["runs"]["rerun_0"], at, text, level) for at, text, level in _failure()]
    sink.server.batch("events.add_batch", events)
    champion = ids["models"]["ids"][1]
    call("tasks.add_or_update_model", {"task": candidate, "name": "pretrained", "model": champion, "type": "input"})
    return {"queue": sink.queue, "pipeline": _pipeline(sink)}


def _configuration(sink: "ClearmlSink", task: str, number: int) -> None:
    yaml = f"optimizer:\n  name: adam\n  lr: {(0.1, 0.01)[number]}\nepochs: 4\n"
    layers = json.dumps({"layers": [64, 128][: number + 1], "activation": "relu"})
    configuration = [
        {"name": "OmegaConf", "value": yaml, "type": "OmegaConf YAML", "description": "Full OmegaConf YAML"},
        {"name": "model", "value": layers, "type": "json"},
    ]
    sink.server.call("tasks.edit_configuration", {"task": task, "configuration": configuration, "force": True})


def _single_values(sink: "ClearmlSink", task: str, number: int) -> None:
    at = _start(sink, task)
    events = [
        {"type": "training_stats_scalar", "task": task, "metric": "Summary", "variant": name, "value": value}
        | {"iter": NO_STEP, "timestamp": at}
        for name, value in (("best precision", (0.8, 0.9)[number]), ("params (M)", 25.6))
    ]
    sink.server.batch("events.add_batch", events)


def _plots(sink: "ClearmlSink", task: str, number: int) -> None:
    at = _start(sink, task)
    cells = [["cat", "dog"], [0.9 + number / 100, 0.8], ["many", "few"]]
    table = {"type": "table", "header": {"values": ["class", "precision", "support"]}, "cells": {"values": cells}}
    matrix = {"type": "heatmap", "z": [[5, 1 + number], [2, 7]], "x": ["cat", "dog"], "y": ["cat", "dog"]}
    curve = {"type": "scatter", "mode": "lines", "name": "pr", "x": [0, 0.5, 1], "y": [1, 0.8, 0.2]}
    plots = [("report", "per class", table), ("confusion", "validation", matrix), ("precision-recall", "curve", curve)]
    events = [
        {"type": "plot", "task": task, "metric": metric, "variant": variant, "iter": 3, "timestamp": at}
        | {"plot_str": json.dumps({"data": [data], "layout": {"title": f"{metric} – {variant}"}})}
        for metric, variant, data in plots
    ]
    sink.server.batch("events.add_batch", events)


def _debug_samples(sink: "ClearmlSink", task: str) -> None:
    events = []
    for step in (0, 1, 3):
        place = f"{sink.folder(task)}/metrics/samples/input/samples_input_{step:08d}.png"
        sink.server.upload({place: png_of(16 + step, 16)})
        event = {"type": "training_debug_image", "task": task, "metric": "samples", "variant": "input", "iter": step}
        address = sink.server.address(place)
        events.append(event | {"timestamp": _start(sink, task) + step * 1000, "url": address, "key": place})
    sink.server.batch("events.add_batch", events)


def _console(sink: "ClearmlSink", task: str) -> None:
    lines = [f"epoch {epoch}: loss={1 / (epoch + 1):.4f} ✓" for epoch in range(300)]
    lines[150] = "epoch 150:  10%\repoch 150:  60%\repoch 150: 100%\n\x1b[32mcheckpoint written\x1b[0m"
    events = [_log(sink, task, second, line) for second, line in enumerate(lines)]
    events[200] |= {"level": "warning", "msg": "gradient clipped\nsecond line of the warning"}
    sink.server.batch("events.add_batch", events)


def _failure() -> list[tuple[int, str, str]]:
    return [(0, "starting", "info"), (1, "step 1 loss 0.9\nstep 2 loss 0.8", "info"), (2, TRACEBACK, "error")]


def _log(sink: "ClearmlSink", task: str, second: int, text: str, level: str = "info") -> dict:
    at = _start(sink, task) + second * 1000
    return {"type": "log", "task": task, "timestamp": at, "level": level, "worker": "node-1:gpu0", "msg": text}


def _machine(sink: "ClearmlSink", task: str) -> None:
    """What the SDK reports of the machine by itself: every 30 seconds, steps are seconds."""
    start = _start(sink, task)
    events = [
        {"type": "training_stats_scalar", "task": task, "metric": title, "variant": series}
        | {"value": value + second / 10, "iter": second, "timestamp": start + second * 1000}
        for title, series, value in ((":monitor:gpu", "gpu_0_utilization", 90), (":monitor:machine", "cpu_usage", 12.5))
        for second in range(0, 120, 30)
    ]
    sink.server.batch("events.add_batch", events)


def _pipeline(sink: "ClearmlSink") -> dict:
    """A controller in its hidden project with a published step, one that waits in the queue, and one that is a draft."""
    call = sink.server.call
    sink.make_project("vision/.pipelines", {"system_tags": ["hidden"]})
    project = sink.make_project("vision/.pipelines/nightly", {"system_tags": ["hidden", "pipeline"]})
    start = T0 + 7 * DAY + HOUR
    runtime = {"version": "1.0.0", "_pipeline_hash": "cdee194078f60c5c05467746e00d5c6c:1.0.0"}
    body = {"system_tags": ["development", "pipeline"], "runtime": runtime}
    controller = sink.make_task(project, "nightly #1", "controller", start, start + HOUR, "bob", body)
    ids, graph = {"controller": controller}, {}
    for number, (name, kind) in enumerate((("prepare", "data_processing"), ("train", "training"), ("report", "qc"))):
        begin = start + number * MINUTE
        step = sink.make_task(project, name, kind, begin, begin + MINUTE, "bob", {"parent": controller})
        ids[name] = step
        graph[name] = {"parents": list(graph)[-1:], "executed": step, "queue": "gpu", "parameters": {}}
    configuration = [{"name": "Pipeline", "value": json.dumps(graph, indent=2), "type": "dictionary"}]
    call("tasks.edit_configuration", {"task": controller, "configuration": configuration})
    for task in (ids["prepare"], controller):
        call("tasks.started", {"task": task})
    call("tasks.completed", {"task": ids["prepare"]})
    call("tasks.publish", {"task": ids["prepare"]})
    call("tasks.enqueue", {"task": ids["train"], "queue": sink.queue})
    return ids


def _start(sink: "ClearmlSink", task: str) -> int:
    return int(sink.made[task].stamps["started"].timestamp() * 1000)
