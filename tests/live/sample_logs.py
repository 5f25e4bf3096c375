"""Trainings that went well and badly: what they wrote while they ran, and their curves. Pure data; sample.py makes runs of it."""

import math
import random
from dataclasses import dataclass, field

STEPS = 200
# From here on the loss of `nan loss` is no number, and the validation of `overfitting` gets worse.
NAN_FROM, WORSE_FROM = 120, 60

TRACEBACK = """Traceback (most recent call last):
  File "/home/ada/train.py", line 120, in <module>
    main()
  File "/home/ada/train.py", line 98, in main
    loss = model(batch)
  File "/opt/conda/lib/python3.11/site-packages/torch/nn/modules/module.py", line 1501, in _call_impl
    return forward_call(*args, **kwargs)
  File "/home/ada/model.py", line 33, in forward
    return self.head(x)
  File "/opt/conda/lib/python3.11/site-packages/torch/nn/modules/linear.py", line 114, in forward
    return F.linear(input, self.weight, self.bias)
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.64 GiB
"""
KEY = "AKIAIOSFODNN7EXAMPLE"


@dataclass(frozen=True)
class Logged:
    """A training."""

    status: str
    curves: dict[str, list[float]] = field(default_factory=dict)
    # What it wrote: the second, and the text.
    messages: list[tuple[int, str]] = field(default_factory=list)


def _course(seed: int, level: float, steps: int = STEPS) -> list[float]:
    """A loss that falls to a level, with noise."""
    chance = random.Random(seed)
    return [level + math.exp(-step / 30) + chance.gauss(0, 0.01) for step in range(steps)]


def _overfitting() -> list[float]:
    return [value + max(0, step - WORSE_FROM) * 0.006 for step, value in enumerate(_course(4, 0.3))]


def _epochs(first: int, last: int) -> list[tuple[int, str]]:
    return [(epoch, f"epoch {epoch} loss {1 / (epoch + 1):.4f}") for epoch in range(first, last)]


def trainings() -> dict[str, Logged]:
    """By name. The states of a progress bar are one message, as programs write them; two messages share a second."""
    bar = "\r".join(f"epoch 30: {percent:3d}%|{'#' * (percent // 10)}| {percent}/100" for percent in range(0, 101, 10))
    crash = [(30, bar), (30, f"\x1b[33mstore key {KEY}\x1b[0m"), (31, TRACEBACK.rstrip("\n"))]
    nan = [math.nan if step >= NAN_FROM else value for step, value in enumerate(_course(1, 0.2))]
    return {
        "healthy": Logged("FINISHED", {"train_loss": _course(2, 0.2), "val_loss": _course(3, 0.25)}, _epochs(0, 40)),
        "overfitting": Logged("FINISHED", {"train_loss": _course(5, 0.05), "val_loss": _overfitting()}),
        "nan loss": Logged(
            "FAILED", {"train_loss": nan}, [*_epochs(0, 20), (21, "Loss is nan, stopping training"), (21, "goodbye")]
        ),
        "silent": Logged("FAILED"),
        "crashed": Logged("FAILED", {"train_loss": _course(6, 0.2, 31)}, [*_epochs(0, 30), *crash]),
    }
