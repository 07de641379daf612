"""How a front-end component is declared: from the files beside its Python file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def component(python_file: str, *parts: str, html: str = "", shared: Sequence[str] = ()) -> Any:
    """Declare a component, and return what mounts it (`st.components.v2`).

    It has the name of its Python file, and of the `.html`, `.css` and `.js` beside that, if they exist.

    Args:
        python_file: `__file__` of the caller.
        parts: Endings of the names of more files, which are joined to those.
        html: The HTML where that is so short that it has no file.
        shared: Scripts of this folder that it uses too, by name, such as "frame".
    """
    path = Path(python_file)

    def read(kind: str) -> list[str]:
        files = [path.with_name(f"{path.stem}{part}.{kind}") for part in ("", *parts)]
        return [each.read_text(encoding="utf-8") for each in files if each.exists()]

    scripts = [(_HERE / f"{name}.js").read_text(encoding="utf-8") for name in shared]
    return st.components.v2.component(
        path.stem,
        # An empty element; Streamlit refuses no HTML at all.
        html=html or "\n".join(read("html")) or "<span>\n</span>",
        css="\n".join(read("css")) or None,
        js="\n".join([*read("js"), *scripts]),
    )
