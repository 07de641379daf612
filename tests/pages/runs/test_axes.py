from __future__ import annotations

import pytest

from pages.components.runs.axes import domain


@pytest.mark.parametrize(
    ("name", "values", "extra", "ends"),
    [
        ("accuracy", [0.2, 0.3], [0.01], (0.0, 0.3332)),
        ("accuracy", [0.9, 1.0], [], (0.882, 1.0)),
        ("loss", [2.0, 4.0], [], (1.83, 4.17)),
        ("loss", [], [], (-0.01, 0.01)),
    ],
)
def test_an_axis_fits_its_points_and_the_line_of_chance(
    name: str, values: list[float], extra: list[float], ends: tuple[float, float]
) -> None:
    assert domain(name, [{name: value} for value in values], extra) == pytest.approx(ends)
