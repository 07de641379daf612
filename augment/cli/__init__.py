"""The command line: ``python -m augment COMMAND``.

Exit codes: 0 success; 1 failed run or internal error; 2 not possible, with a one-sentence explanation on
stderr; 130 interrupted; 141 output closed.
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
    """Run one command and return its exit code; no error that a user can cause prints a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show λ gets \u03bb
            stream.reconfigure(errors="backslashreplace")
    options = argparse.Namespace()
    words = sys.argv[1:] if argv is None else argv
    try:
        build(words[0] if words else "").parse_args(argv, options)
        code: int = options.command(options)
        sys.stdout.flush()
    except AugmentError as error:
        output.error(str(error))
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Else the interpreter fails to flush the buffer when it exits, and prints that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the last resort: reported, and written to a file
        return _report(error, with_traceback="keep_traceback" in options)
    return code


def _report(error: Exception, *, with_traceback: bool) -> int:
    """Print the error in one line, and write its traceback to a file.

    The processes of a run print the traceback: their output is the log of the run.
    """
    if with_traceback or os.environ.get("AUGMENT_DEBUG"):
        traceback.print_exception(error)
        return 1
    what = " ".join(str(error).split()) or "no message"
    message = f"Internal error ({type(error).__name__}: {what})."
    try:
        output.error(f"{message} The details are in {_write_traceback(error)}.")
    except OSError as unwritable:
        output.error(
            f"{message} The details could not be written ({unwritable}); to see them, set"
            " AUGMENT_DEBUG=1."
        )
    return 1


def _write_traceback(error: Exception) -> Path:
    log = home() / "errors.log"
    moment = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{moment} {' '.join(sys.argv[1:])}\n")
        file.writelines(traceback.format_exception(error))
    return log
