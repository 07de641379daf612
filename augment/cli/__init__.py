"""The command line: ``python -m augment COMMAND``.

Exit codes: 0 all went well; 1 it did not (a run that failed, an error of ours); 2 what was asked for
is not possible, and one sentence on stderr says why; 130 interrupted.
"""

from __future__ import annotations

import argparse
import datetime
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from augment.cli import output
from augment.cli.parser import build
from augment.errors import AugmentError
from augment.home import home

INTERRUPTED = 130
PIPE_CLOSED = 141  # what a shell reports for a program that SIGPIPE ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no error that a user can cause shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show λ gets \u03bb
            stream.reconfigure(errors="backslashreplace")
    options = argparse.Namespace()
    try:
        build().parse_args(argv, options)
        code: int = options.command(options)
        sys.stdout.flush()
    except AugmentError as error:
        output.note(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered has no reader: without this the interpreter complains as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the last resort: reported, and kept in a file
        return _report(error, in_full="keep_traceback" in options)
    return code


def _report(error: Exception, *, in_full: bool) -> int:
    """Say in one line what happened, keep the traceback for whoever looks into it.

    Processes of a run print it in full, into the log of the run.
    """
    if in_full or os.environ.get("AUGMENT_DEBUG"):
        traceback.print_exception(error)
        return 1
    what = " ".join(str(error).split()) or "no message"
    message = f"Internal error ({type(error).__name__}: {what})."
    try:
        kept = _keep(error)
        output.note(f"error: {message} The details are in {kept}.")
    except OSError as unwritable:
        output.note(
            f"error: {message} The details could not be kept ({unwritable}): set AUGMENT_DEBUG=1."
        )
    return 1


def _keep(error: Exception) -> Path:
    log = home() / "errors.log"
    moment = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{moment} {' '.join(sys.argv[1:])}\n")
        file.writelines(traceback.format_exception(error))
    return log
