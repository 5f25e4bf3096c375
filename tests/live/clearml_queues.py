"""Queues and workers, which only ClearML has: one that nobody serves (`gpu`, made with the data), one with a busy and an
idle worker. Workers are registered as agents do it; the server forgets them after an hour without a report."""

import time

from clearml_rest import ClearmlServer

# Seconds after which the server forgets a worker that does not report.
REMEMBERED_S = 86_400
REPORTS = 4
EVERY_S = 60


def add_queues(server: ClearmlServer) -> dict[str, str]:
    """The ids of the queues by name."""
    queue = server.call("queues.create", {"name": "cpu", "tags": ["small"]})["id"]
    running = server.call("tasks.get_all_ex", {"status": ["in_progress"], "order_by": ["id"], "only_fields": ["id"]})
    _worker(server, "host-1:cpu:0", queue, running["tasks"][0]["id"])
    _worker(server, "host-1:cpu:1", queue, None)
    return {"cpu": queue}


def _worker(server: ClearmlServer, name: str, queue: str, task: str | None) -> None:
    server.call("workers.register", {"worker": name, "queues": [queue], "timeout": REMEMBERED_S})
    now = int(time.time())
    for number in range(REPORTS):
        stats = {"cpu_usage": [50.0, 70.0] if task else [1.0, 3.0], "gpu_usage": [80.0] if task else [0.0]}
        report = {
            "worker": name,
            "queues": [queue],
            "timestamp": (now - (REPORTS - number) * EVERY_S) * 1000,
            "machine_stats": stats | {"gpu_memory_used": [4096] if task else [0]},
        }
        server.call("workers.status_report", report | ({"task": task} if task else {}))
