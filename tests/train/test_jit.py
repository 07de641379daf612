"""When XLA compiles, and that the first step is not traced twice."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment.train import jit
from tests.train.conftest import CONFIG


def choice(steps: int, **changes: Any) -> bool | str:
    gain = changes.pop("gain", jit.WORTH_GAIN)
    config = replace(CONFIG, **{"jit": "auto", "size": 64, "batch_size": 32, **changes})
    return jit.choose(config, steps=steps, backend="tensorflow", has_gpu=False, gain=lambda _: gain)


@pytest.fixture(autouse=True)
def a_home(home: Path) -> None:
    """What is kept lies in a home of the test's own."""


def test_auto_compiles_where_a_step_gains() -> None:
    assert choice(10**6, gain=jit.WORTH_GAIN - 0.01) is False
    assert choice(10**6, gain=2.0) is True


def test_auto_compiles_when_the_work_pays_for_it() -> None:
    assert choice(jit.WORTH_IT) is True
    assert choice(jit.WORTH_IT - 1) is False
    assert choice(jit.WORTH_IT // 4, size=128) is True
    assert choice(jit.WORTH_IT // 4 - 1, size=128) is False
    assert choice(jit.WORTH_IT, batch_size=16) is False


def test_a_wish_is_heeded() -> None:
    assert choice(1, jit="on") is True
    assert choice(10**6, jit="off") is False


@pytest.mark.parametrize(("backend", "has_gpu"), [("jax", False), ("tensorflow", True)])
def test_elsewhere_keras_knows_best(backend: str, has_gpu: bool) -> None:
    assert (
        jit.choose(
            replace(CONFIG, jit="auto"),
            steps=10**6,
            backend=backend,
            has_gpu=has_gpu,
            gain=lambda _: 9.0,
        )
        == "auto"
    )


def test_what_is_kept_lies_in_the_home_and_stays_bounded(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_XLA_FLAGS", "--mine")
    jit.keep_compiled()
    (folder,) = (home / "xla-cache").iterdir()
    flags = os.environ["TF_XLA_FLAGS"].split()
    assert flags[0] == "--mine"
    assert f"--tf_xla_persistent_cache_directory={folder}" in flags
    for age in range(20):
        (folder / f"{age}.pb").touch()
        os.utime(folder / f"{age}.pb", (1000 - age, 1000 - age))
    jit.keep_compiled()
    assert sorted(int(path.stem) for path in folder.glob("*.pb")) == list(range(12))
    assert os.environ["TF_XLA_FLAGS"].split() == flags


def test_the_first_step_is_traced_once() -> None:
    keras = pytest.importorskip("keras")
    from augment.train.loop import make_variables

    traced: list[int] = []

    class Counted(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs):  # type: ignore[no-untyped-def]
            traced.append(1)
            return inputs

    pixels = keras.Input((4,))
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(Counted()(pixels)))
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    make_variables(model)
    traced.clear()
    truth = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    history = model.fit(np.ones((4, 4), np.float32), truth, epochs=2, verbose=0)
    assert len(traced) == 1
    assert history.history["accuracy"][0] in (0, 0.25, 0.5, 0.75, 1)


def test_the_gain_is_measured_once_and_leaves_seeded_weights_alone(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    from augment.train import probe

    def weights() -> np.ndarray:
        keras.utils.set_random_seed(1)
        return keras.layers.Dense(4)(np.ones((1, 3), np.float32)).numpy()

    before = weights()
    kept = tmp_path / "probe.json"
    kept.write_text("torn")
    gain = probe.gain(kept)
    np.testing.assert_array_equal(weights(), before)
    assert 0.1 < gain < 10
    kept.write_text('{"gain": 1.75}')
    assert probe.gain(kept) == 1.75
