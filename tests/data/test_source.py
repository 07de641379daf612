from __future__ import annotations

import pytest

from augment import data
from augment.data.source import check_size
from augment.errors import DataError


@pytest.mark.parametrize("size", [31, 513, 0, -64, 64.0, "64", None, True])
def test_a_size_that_is_not_allowed_is_refused(size: object) -> None:
    with pytest.raises(DataError, match="from 32 to 512") as caught:
        check_size(size)
    assert repr(size) in str(caught.value)


@pytest.mark.parametrize("size", [32, 64, 512])
def test_allowed_sizes_pass(size: int) -> None:
    assert check_size(size) == size


def test_ids_never_change_and_fit_a_browser() -> None:
    # Runs, links and plans hold ids: another value here would orphan all of them.
    assert data.stable_id("image_00297.jpg") == 1635987174667992
    ids = [data.stable_id(f"image_{number:05}.jpg") for number in range(8189)]
    assert len(set(ids)) == len(ids)
    assert max(ids) < 2**53
    assert max(ids) > 2**52
    assert min(ids) >= 0
