"""The format ``web``: a page that runs the model in a browser, from a disk as well as from a server.

A page that is opened from a disk may fetch no file, but it may load scripts. So the model and the
compiled code of the runtime, LiteRT.js, are texts in scripts: gzip, then base64, which the page unpacks.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from pathlib import Path

from augment.model_export.archive import PAGE, ArchiveFacts

RUNTIME = Path(__file__).resolve().parents[2] / "assets" / "web_runtime"
"""LiteRT.js; its README.md has version, authors and licence, and how to update it."""

_COMPILED = "litert_wasm_compat_internal"
_LEVEL = 6  # of gzip; weights hardly become smaller by more


def web_page(folder: Path, model: Path, facts: ArchiveFacts) -> None:
    """Fill a folder with a page and all that it needs; ``index.html`` is opened by a double click.

    Args:
        folder: An empty folder, which becomes the top of the archive.
        model: A LiteRT file that takes one picture at a time: uint8 (1, S, S, 3) to float32 (1, K).
        facts: What the page says of the model.

    Raises:
        OSError: A file cannot be read or written.
    """
    for path in sorted(PAGE.iterdir()):
        shutil.copyfile(path, folder / path.name)
    shown = {
        "title": facts.title,
        "run": facts.run_id,
        "size": facts.size,
        "fit": facts.fit,
        "class_names": facts.class_names,
        "model": facts.model,
        "training": facts.training,
        "data": facts.data,
        "licence": facts.licence,
        "citation": facts.citation,
    }
    packed = gzip.compress(model.read_bytes(), _LEVEL, mtime=0)
    (folder / "model.js").write_text(
        f"window.FACTS = {json.dumps(shown)};\n{_assignment('MODEL', packed)}", "ascii"
    )
    runtime = folder / "runtime"
    runtime.mkdir()
    for packed_name, name in (("litert", "litert"), (_COMPILED, "litert_wasm")):
        script = gzip.decompress((RUNTIME / f"{packed_name}.js.gz").read_bytes())
        (runtime / f"{name}.js").write_bytes(script)
    compiled = (RUNTIME / f"{_COMPILED}.wasm.gz").read_bytes()
    (runtime / "litert_wasm_binary.js").write_text(_assignment("WASM", compiled), "ascii")
    shutil.copyfile(RUNTIME / "LICENSE.txt", runtime / "LICENSE.txt")


def _assignment(name: str, content: bytes) -> str:
    return f'window.{name} = "{base64.b64encode(content).decode()}";\n'
