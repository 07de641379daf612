"""The real layers, in the real process; TensorFlow is loaded once for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import augment
from augment import kerascv, keraslayers
from augment.helper import Helper
from augment.inspect.strength import grows
from augment.kerascv import KerasCVError, Reference
from augment.presets import PRESETS
from tests.helper_tasks import IMAGES, LABELS

pytestmark = pytest.mark.slow

LONG = 600.0
GUIDE = PRESETS["guide"].recipe


def recipe(*steps: dict[str, Any]) -> augment.Recipe:
    return augment.Recipe.from_dict({"version": 1, "steps": list(steps)})


@pytest.fixture(scope="module", autouse=True)
def helper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helper]:
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder))
        patch.setenv("AUGMENT_HOME", str(tmp_path_factory.mktemp("home")))
        made = Helper()
        patch.setattr("augment.helper.HELPER", made)
        yield made
        made.close()
    assert list(folder.iterdir()) == []


def check(done: Reference) -> None:
    assert done.images.shape == IMAGES.shape
    assert done.images.dtype == np.uint8
    assert done.labels.shape == LABELS.shape
    assert done.labels.dtype == np.float32
    np.testing.assert_allclose(done.labels.sum(axis=1), 1.0, atol=1e-5)
    assert done.seconds > 0


def test_the_guide_comes_back_changed_mixed_and_with_what_differs() -> None:
    """keras_cv's layers draw as they like, and may leave a picture alone: not sixteen times."""
    done, *more = (kerascv.render(GUIDE, IMAGES, LABELS, timeout=LONG) for _ in range(16))
    check(done)
    changed = [(one.images != IMAGES).any(axis=(1, 2, 3)) for one in (done, *more)]
    mixed = [one.labels.max(axis=1) < 1 for one in (done, *more)]
    assert np.any(changed, axis=0).all()
    assert np.any(mixed, axis=0).all()
    assert done.building > 0
    [cut_mix] = [step.id for step in GUIDE.steps if step.op == "cut_mix"]
    assert "before it is clipped at the border" in dict(done.differs)[cut_mix]


def test_layers_are_cached_for_the_next_request_and_draw_anew() -> None:
    kerascv.render(GUIDE, IMAGES, LABELS, timeout=LONG)
    first, second = (kerascv.render(GUIDE, IMAGES, LABELS, timeout=LONG) for _ in range(2))
    assert (second.starting, second.building) == (0.0, 0.0)
    assert (first.images != second.images).any()


def test_another_shape_is_built_for_itself() -> None:
    cropped = recipe({"op": "random_resized_crop"})
    for images in (IMAGES, IMAGES[:, :24], IMAGES[:2]):
        done = kerascv.render(cropped, images, LABELS[: len(images)], timeout=LONG)
        assert done.images.shape == images.shape
        assert done.building > 0


def test_a_deterministic_layer_gives_the_expected_pictures() -> None:
    done = kerascv.render(recipe({"op": "invert"}), IMAGES, LABELS, timeout=LONG)
    np.testing.assert_array_equal(done.images, 255 - IMAGES)
    np.testing.assert_array_equal(done.labels, LABELS)
    assert done.differs == ()


def test_the_layers_built_longest_ago_are_evicted() -> None:
    """Nine recipes through eight places: the ninth evicts the first, and the eighth is still there."""
    makers = [recipe({"op": "invert", "probability": share / 100}) for share in range(1, 10)]
    for made in makers:
        kerascv.render(made, IMAGES, LABELS, timeout=LONG)
    cached, evicted = (kerascv.render(makers[n], IMAGES, LABELS, timeout=LONG) for n in (7, 0))
    assert cached.building == 0
    assert evicted.building > 0


def test_two_threads_at_once_get_their_own() -> None:
    others = [(recipe({"op": "invert"}), 255 - IMAGES), (PRESETS["nothing"].recipe, IMAGES)]

    def ask(number: int) -> bool:
        made, expected = others[number % 2]
        return bool((kerascv.render(made, IMAGES, LABELS, timeout=LONG).images == expected).all())

    with ThreadPoolExecutor(2) as threads:
        assert all(threads.map(ask, range(8)))


def test_what_the_layers_cannot_do_is_one_sentence_and_the_process_lives_on(helper: Helper) -> None:
    """Its sharpness needs three pixels a side; the message is one of its twenty lines."""
    kerascv.render(recipe({"op": "invert"}), IMAGES, LABELS, timeout=LONG)
    pid = helper.pid
    message = (
        r"^keras_cv cannot do this with pictures of 1 x 1 px \(ValueError: .*RandomSharpness.*\)\.$"
    )
    with pytest.raises(KerasCVError, match=message):
        kerascv.render(recipe({"op": "sharpness"}), IMAGES[:, :1, :1], LABELS, timeout=LONG)
    assert helper.pid == pid


def test_layers_over_the_strength_of_an_op_come_back_for_both_libraries(helper: Helper) -> None:
    """Posterization: fewer bits change more, but Keras draws its bits between 1 and one less."""
    theirs, keras = keraslayers.ask("posterize", IMAGES[0, :32, :32]).result(LONG)
    assert (theirs.version, theirs.reason, keras.reason) == ("0.9.0", "", "")
    assert theirs.series
    assert theirs.series.settings[0] == "bits 8"
    assert theirs.series.change[0] == 0.0
    assert grows(theirs.series).startswith("gets stronger, from nothing at bits 8")
    assert keras.series
    assert keras.series.images.shape == (7, 32, 32, 3)
    assert keras.series.settings[-1] == "factor 1"
    assert keras.series.levels[-1] == theirs.series.levels[-1] == 2
    assert grows(keras.series).startswith("gets stronger, but begins with ")
    none, keras = keraslayers.ask("random_erasing", IMAGES[0, :32, :32]).result(LONG)
    assert none.reason == "Random erasing has no counterpart in keras_cv."
    assert keras.series
    assert keras.series.change[-1] > keras.series.change[1]
