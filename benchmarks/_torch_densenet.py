"""The contender "plain PyTorch" of `training`: DenseNet121, trained step by step on one batch in memory.

A process of its own: ``python -m benchmarks._torch_densenet SIZE BATCH CLASSES STEPS PRECISION`` prints
a JSON document with the seconds of the first step and of each of the others, and the peak memory.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

import torch
from torch import nn

_STAGES = (6, 12, 24, 16)


class _Layer(nn.Module):
    """One layer of a dense block: its 32 new channels are joined to what it was given."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(inplace=True),
            nn.Conv2d(128, 32, 3, padding=1, bias=False),
        )

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return torch.cat([given, self.body(given)], 1)


def densenet121(classes: int) -> nn.Module:
    """Return DenseNet121 with random weights, as in arXiv 1608.06993."""
    parts: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, padding=1),
    ]
    channels = 64
    for number, layers in enumerate(_STAGES):
        for _ in range(layers):
            parts.append(_Layer(channels))
            channels += 32
        parts += [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        if number < len(_STAGES) - 1:
            parts += [nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
            channels //= 2
    parts += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*parts)


def main(size: int, batch: int, classes: int, steps: int, precision: str) -> None:
    os.nice(10)  # as our trainer, so that other processes on this machine slow both alike
    torch.manual_seed(0)
    model = densenet121(classes).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    images = torch.rand(batch, 3, size, size).to(memory_format=torch.channels_last)
    labels = torch.randint(classes, (batch,))
    seconds = []
    for _ in range(steps + 1):
        began = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            loss = loss_of(model(images), labels)
        loss.backward()
        optimiser.step()
        loss.item()
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"first_s": seconds[0], "steps_s": seconds[1:], "peak_bytes": peak}))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:5]), sys.argv[5])
