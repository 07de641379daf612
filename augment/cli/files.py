"""Writing the file that an option names."""

from __future__ import annotations

import os
from pathlib import Path

from augment.errors import ConfigError


def write(option: str, path: Path, content: bytes) -> None:
    """Write the whole file or nothing of it.

    Args:
        option: The option that named it, for the sentence.
        path: Where to; a pipe or a device is written to, a file replaced.
        content: What.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        if path.is_dir():
            raise ConfigError(f"{option}: {path} is a folder; name a file.")
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{option}: {path} cannot be written: {reason}.") from error
