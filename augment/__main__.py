"""``python -m augment``."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        # Inside: importing takes long enough to be interrupted.
        from augment.cli import main
        from augment.system import loading

        loading.interrupts_raise()
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
