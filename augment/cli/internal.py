"""``schedule`` and ``supervise``: the processes of the queue, which `augment.runs` starts."""

from __future__ import annotations

import argparse

from augment.cli import output
from augment.cli.output import Commands
from augment.engine.limits import Limits
from augment.runs.run import LOCAL

_DESCRIPTOR = Limits(low=3, high=2**20)


def add(commands: Commands) -> None:
    """Add the commands; without a help text they are not listed."""
    schedule = commands.add_parser("schedule")
    schedule.add_argument("lock", type=output.whole)
    schedule.add_argument("--engine", default=LOCAL)
    schedule.set_defaults(command=_schedule, keep_traceback=True)
    supervise = commands.add_parser("supervise")
    supervise.add_argument("run")
    supervise.add_argument("--slot", default="")
    supervise.set_defaults(command=_supervise, keep_traceback=True)


def _schedule(options: argparse.Namespace) -> int:
    from augment.runs import scheduler

    output.check("LOCK", options.lock, _DESCRIPTOR)
    return scheduler.main(options.lock, options.engine)


def _supervise(options: argparse.Namespace) -> int:
    from augment.runs import slots, supervisor

    if options.slot:
        slots.check(options.slot)
    return supervisor.main(options.run, options.slot)
