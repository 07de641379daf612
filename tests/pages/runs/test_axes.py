from __future__ import annotations

import pytest

from pages.components.runs.axes import domain, figure_axis, share_ends, share_ticks


@pytest.mark.parametrize(
    ("name", "values", "extra", "ends"),
    [
        ("accuracy", [0.2, 0.3], [0.01], (0.0, 0.4)),
        ("loss", [2.0, 4.0], [], (1.83, 4.17)),
        ("loss", [], [], (-0.01, 0.01)),
    ],
)
def test_an_axis_fits_its_points_and_the_line_of_chance(
    name: str, values: list[float], extra: list[float], ends: tuple[float, float]
) -> None:
    assert domain(name, [{name: value} for value in values], extra) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("values", "ticks", "title"),
    [
        ([0.1, 0.9], [0, 0.2, 0.4, 0.6, 0.8, 1], "Accuracy"),
        ([0.012, 0.03], [0, 0.01, 0.02, 0.03, 0.04], "Accuracy"),  # a class at 3 %
        ([0.0], [0, 0.001, 0.002, 0.003, 0.004, 0.005], "Accuracy"),
        ([0.9, 1.0], [0.88, 0.9, 0.92, 0.94, 0.96, 0.98, 1], "Accuracy (from 88%)"),
        ([0.913, 0.917], [0.905, 0.91, 0.915, 0.92, 0.925], "Accuracy (from 90.5%)"),
        ([0.29, 0.83], [0.2, 0.4, 0.6, 0.8, 1], "Accuracy (from 20%)"),
        ([], [0, 0.2, 0.4, 0.6, 0.8, 1], "Accuracy"),
    ],
)
def test_an_axis_of_accuracy_has_few_ticks_and_says_where_it_begins(
    values: list[float], ticks: list[float], title: str
) -> None:
    axis = figure_axis("Accuracy", share_ends(values), is_share=True)
    assert axis["axis"]["values"] == pytest.approx(ticks)
    assert axis["title"] == title
    labels = [format(tick, axis["axis"]["format"]) for tick in ticks]
    assert len(set(labels)) == len(labels)


def test_an_axis_of_accuracy_fits_any_values() -> None:
    shares = [at / 37 for at in range(38)]
    for low in shares:
        for high in (share for share in shares if share >= low):
            ends = share_ends([low, high])
            ticks = share_ticks(ends)["values"]
            assert 0 <= ends[0] <= low <= high <= ends[1] <= 1
            assert [ticks[0], ticks[-1]] == pytest.approx(ends)
            assert 3 <= len(ticks) <= 7


def test_an_axis_begins_at_0_where_that_costs_little_of_it() -> None:
    assert share_ends([0.072, 0.28])[0] == 0.0
    assert share_ends([0.12, 0.28])[0] == 0.1
