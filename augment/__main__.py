"""``python -m augment``."""

from __future__ import annotations

import sys

from augment.cli import main

if __name__ == "__main__":
    sys.exit(main())
