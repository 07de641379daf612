"""One op over its strength, by every library that is installed: ours, keras_cv and Keras' own layers.

Ours is measured at once. The others run in the helper process when the user asks for them; the result is
in the session and belongs to one op and one picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from augment import Recipe, keraslayers, registry
from augment.inspect.strength import (
    DRAWS,
    Images,
    Scale,
    Series,
    figures,
    in_words,
    ours,
    scale_of,
)
from augment.inspect.views import strength_group
from augment.keraslayers import OPS, Library
from pages.components.parts.image_grid.image_grid import image_grid
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session import address_notes
from pages.components.session.text import escaped
from pages.components.views import state
from pages.components.views.asked import Asked, Request

KEY, REQUEST = "strength", "strength request"
_OURS = "ours"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is measured."""

    op: str
    picture: str


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show a picture at seven strengths of an op, a row for each library, and what the figures say."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        op = _op_control()
        row = state.picture_control(pictures)
    image = np.ascontiguousarray(pictures.images[row])
    scale = scale_of(op)
    digest = hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
    asked = Asked(
        key=REQUEST,
        subject=Subject(op=op, picture=digest),
        make=partial(keraslayers.ask, op, image),
        finish=tuple,
        stages={},
    )
    found: tuple[Library, ...] = asked.show(_offer) or ()
    own = _ours(image, op, seed, digest)
    named = {_OURS: own, **{_name(each): each.series for each in found if each.series}}
    image_grid(_frame(pictures, row, scale, named), key=KEY)
    st.caption(
        escaped(
            f"From left to right {scale.param.label.lower()}: {scale.param.help} Each picture is the "
            f"draw with the median change of {DRAWS}, below it what the layer is given. Everything is "
            "measured on this one picture."
        )
    )
    _charts(scale, named)
    _said(named, found)
    _figures(scale, named)


def _op_control() -> str:
    """Show the choice of the op, and return its name."""
    requested = state.requested(state.OP)
    op: str = st.selectbox(
        "Op",
        OPS,
        index=OPS.index(requested) if requested in OPS else 0,
        format_func=lambda name: registry()[name].title,
        key=state.key("strength op"),
        help="The ops that have a counterpart in keras_cv or in Keras' own layers. It is taken alone, "
        "with its defaults; the recipe does not matter here.",
        width=280,
    )
    address_notes.compare(state.OP, op, OPS)
    state.request(state.OP, op)
    state.set_shown(state.OP, op)
    return op


@st.cache_data(max_entries=64, show_spinner=False)
def _ours(_image: Images, op: str, seed: int, digest: str) -> Series:
    return ours(_image, scale_of(op), seed=seed)


def _name(library: Library) -> str:
    return f"{library.name} {library.version}".rstrip()


def _offer(request: Request | None, asked: Asked) -> None:
    """Show what the last request gave, with a button for a new one."""
    is_current = request is not None and request.subject == asked.subject
    label = "Measure the others"
    with st.container(horizontal=True, vertical_alignment="center"):
        if request and is_current and request.problem:
            st.error(escaped(request.problem))
            label = "Try again"
        elif is_current:
            st.markdown(
                "They draw anew each time, so the figures differ a little from time to time."
            )
            label = "Measure again"
        elif request:
            st.markdown("The op or the picture has changed since the others were measured.")
        else:
            st.markdown(
                "Measures the layers of keras_cv and of Keras itself, beside ours. The first time takes "
                "ten seconds or more, because TensorFlow is loaded in another process."
            )
        st.button(
            label,
            type="secondary" if label == "Measure again" else "primary",
            icon=":material/compare:",
            key="measure the others",
            on_click=asked.submit,
        )


def _frame(pictures: Pictures, row: int, scale: Scale, named: Mapping[str, Series]) -> bytes:
    """Return the table of pictures: a column for each strength, a row for each library."""
    group = strength_group(scale, named, row=row)
    return tile.group_frame(group, pictures, layout="strip")


def _charts(scale: Scale, named: Mapping[str, Series]) -> None:
    """Show what changes over the strength, and what is left."""
    st.subheader("Does it get stronger, and what is left?", anchor=False)
    has_bits = all(series.bits for series in named.values())
    left = "Share of its bits left" if has_bits else "Grey levels in a channel"
    points = [
        {
            "library": name,
            "at": n,
            "given": series.settings[n],
            "change": series.change[n],
            "low": max(series.change[n] - series.error[n], 0.0),
            "high": series.change[n] + series.error[n],
            "left": series.bits[n] if has_bits and series.bits else series.levels[n],
        }
        for name, series in named.items()
        for n in range(len(series.settings))
    ]
    texts = [scale.param.format(value) for value in scale.values]
    with st.container(horizontal=True):
        with st.container(width=410):
            _chart(points, "change", "Mean change in grey levels", scale.param.label, texts, named)
        with st.container(width=410):
            _chart(points, "left", left, scale.param.label, texts, named, is_share=has_bits)
    if not has_bits:
        st.caption(
            "A picture that is moved far differs from itself no more than one that is moved a little "
            "less, so the change of such ops levels off."
        )


def _chart(
    points: Sequence[Mapping[str, Any]],
    field: str,
    title: str,
    across: str,
    texts: Sequence[str],
    named: Mapping[str, Series],
    *,
    is_share: bool = False,
) -> None:
    number = ".0%" if is_share else ".1f"
    most = max(point["high" if field == "change" else field] for point in points) or 1.0
    scale = {"domain": list(named)}
    # Two columns: three names are wider than a telephone.
    legend = {"orient": "top", "columns": 2, "symbolType": "stroke"}
    legend |= {"symbolOpacity": 1, "symbolStrokeWidth": 3}
    common = {"field": "library", "type": "nominal", "title": None, "legend": legend}
    colour = {**common, "scale": scale}
    dash = {**common, "scale": {**scale, "range": [[1, 0], [6, 3], [2, 2]][: len(named)]}}
    height = {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"format": ".0%" if is_share else "d"},
        "scale": {"domain": [0, 1 if is_share else 1.05 * most], "nice": False},
    }
    labels = " : ".join(f"datum.value == {n} ? {text!r}" for n, text in enumerate(texts))
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"y": height, "color": colour, "strokeDash": dash},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
            "encoding": {
                "y": height,
                "color": colour,
                "tooltip": [
                    {"field": "library", "type": "nominal", "title": "Library"},
                    {"field": "given", "type": "nominal", "title": "Given"},
                    {"field": field, "type": "quantitative", "title": title, "format": number},
                ],
            },
        },
    ]
    if field == "change":
        band = {"low": {**height, "field": "low"}, "high": {"field": "high"}}
        layers.insert(
            0,
            {
                "mark": {"type": "area", "opacity": 0.2},
                "encoding": {"y": band["low"], "y2": band["high"], "color": colour},
            },
        )
    st.vega_lite_chart(
        list(points),
        {
            "encoding": {
                "x": {
                    "field": "at",
                    "type": "quantitative",
                    "title": across,
                    "scale": {"domain": [0, len(texts) - 1], "nice": False},
                    "axis": {
                        "values": list(range(len(texts))),
                        "labelExpr": f"{labels} : ''",
                        "labelOverlap": True,
                    },
                }
            },
            "layer": layers,
        },
        height=260,
        key=f"strength chart {field}",
        alt=f"{title} over the strength, a line for each library; the figures are in the table below",
    )


def _said(named: Mapping[str, Series], found: Sequence[Library]) -> None:
    """Show in words what the figures say of each library."""
    for name, series in named.items():
        st.markdown(
            f"**{escaped(_OURS.capitalize() if name == _OURS else name)}** {escaped(in_words(series))}."
        )
    for library in found:
        if library.reason:
            st.markdown(escaped(library.reason))
        if library.means:
            st.caption(f"{escaped(_name(library))}: {escaped(library.means)}")
        _parts(library)


def _parts(library: Library) -> None:
    """Show what the layers that a policy is made of do alone."""
    if not library.parts:
        return
    st.markdown(f"**The layers inside the one of {escaped(_name(library))}, each alone**")
    lines = []
    for name, series in library.parts:
        title = name.replace("_", " ").capitalize()
        lines.append(f"- {escaped(title)} {escaped(in_words(series))}.")
    st.markdown("\n".join(lines))


def _figures(scale: Scale, named: Mapping[str, Series]) -> None:
    """Show the figures of the charts as a table."""
    with st.expander("Figures"):
        columns = figures(scale, named)
        table = {escaped(name): list(map(escaped, cells)) for name, cells in columns.items()}
        st.table(table)
        st.caption(
            f"Change: the mean absolute difference from the picture over {DRAWS} draws, in grey levels "
            "from 0 to 255, ± its standard error. Grey levels: how many different ones a channel has, "
            "at the median of the draws. Bits left: the mutual information of the grey levels "
            "before and after, at 32 x 32 px, as a share of the picture's own; not for ops that move "
            "pixels."
        )
