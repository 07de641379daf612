"""The format ``web``: a page that runs the model in a browser."""

from __future__ import annotations

from pathlib import Path

from augment.errors import RunError
from augment.model_export.archive import Facts


def web_page(folder: Path, litert_or_onnx: Path, facts: Facts) -> None:
    """Fill a folder with a page and all that it needs.

    Args:
        folder: An empty folder, which becomes the top of the archive.
        litert_or_onnx: The model as a LiteRT file.
        facts: What the page says of the model.

    Raises:
        RunError: The page is not part of this version.
    """
    raise RunError("The web page is not part of this version yet; use litert or onnx.")
