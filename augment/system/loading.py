"""Ctrl-C while the command line is loading, which takes about a second: the process ends quietly.

Until `main` runs, nothing catches a KeyboardInterrupt, and a library may turn one into another error
while it is imported. So importing this module, as the package does first of all, lets Ctrl-C
end the process if that is ``python -m augment``; `interrupts_raise` ends that.
"""

from __future__ import annotations

import signal
import sys

_is_the_command_line = sys.orig_argv[1:3] == ["-m", "augment"]
if _is_the_command_line and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupts_raise() -> None:
    """Let Ctrl-C raise a KeyboardInterrupt again, if it ends the process now."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
