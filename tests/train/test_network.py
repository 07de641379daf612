"""How a network begins: with which variables, its optimiser, its losses, and how often it is traced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.train.conftest import CONFIG, tiny

keras = pytest.importorskip("keras")

from augment.data.store.prepared import Prepared  # noqa: E402 - after the skip
from augment.train import network  # noqa: E402 - after the skip
from augment.train.devices import Devices  # noqa: E402 - after the skip
from augment.train.epoch_batches import EpochBatches  # noqa: E402 - after the skip
from augment.train.network import SampleLosses, compile_for_training  # noqa: E402 - after the skip

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (12, 8, 8, 3), np.uint8)
TRUTH = RANDOM.dirichlet(np.ones(3), 12).astype(np.float32)
PLAIN = replace(CONFIG, schedule="constant", warmup=0.0)


def compiled(model: Any, **changes: Any) -> SampleLosses:
    return compile_for_training(model, replace(PLAIN, **changes), steps=3, batch_size=4, epochs=2)


def fit(model: Any, **options: Any) -> Any:
    return model.fit(PIXELS, TRUTH, batch_size=4, verbose=0, shuffle=False, **options).history


@pytest.mark.parametrize("jit", ["auto", "on", "off"])
def test_xla_compiles_for_who_asks_and_where_keras_does(jit: str) -> None:
    compiled(model := tiny(size=8, classes=3), jit=jit)
    has_gpu = any(device.startswith("gpu") for device in keras.distribution.list_devices())
    assert model.jit_compile is {"auto": has_gpu, "on": True, "off": False}[jit]
    losses = fit(model, epochs=2)["loss"]
    assert losses[1] < losses[0]


def test_the_first_step_is_traced_once() -> None:
    traced: list[int] = []

    class Counted(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs):  # type: ignore[no-untyped-def]
            traced.append(1)
            return inputs

    body = tiny(size=8, classes=3)
    model = keras.Model(body.input, Counted()(body.output))
    compiled(model)
    traced.clear()
    assert fit(model, epochs=2)["accuracy"][0] in np.arange(13).astype(np.float32) / 12
    assert len(traced) == 1


def test_the_loss_of_each_picture_is_kept_for_one_epoch() -> None:
    model = tiny(size=8, classes=3)
    kept = compiled(model, learning_rate=1e-6, label_smoothing=0.2)
    fit(model, epochs=2)
    predicted = np.asarray(model(PIXELS))
    smooth = 0.8 * TRUTH + 0.2 / 3
    expected = -(smooth * np.log(predicted)).sum(axis=1)
    np.testing.assert_allclose(kept.values().ravel(), expected, rtol=1e-3)
    model.reset_metrics()
    assert kept.values().shape == (0, 4)


def test_weight_decay_shrinks_kernels_alone_and_apart_from_the_gradient() -> None:
    model = tiny(size=8, classes=3)
    head, body = model.get_layer("head"), model.get_layer("body")
    head.set_weights(
        [np.zeros_like(head.kernel), np.full(3, 0.5)]
    )  # so no gradient reaches the body
    body.bias.assign(np.full(4, 2.0))
    before = np.asarray(body.kernel)
    compiled(model, weight_decay=0.5, learning_rate=0.1)
    model.train_on_batch(PIXELS[:4], np.full((4, 3), 1 / 3, np.float32))
    np.testing.assert_allclose(np.asarray(body.kernel), 0.95 * before, rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(body.bias), np.full(4, 2.0))


def test_gradients_are_clipped_by_their_norm_over_all_variables() -> None:
    changes = {}
    for clip in (0.0, 0.01):
        model = tiny(size=8, classes=3)
        compiled(model, clip_norm=clip, learning_rate=1.0, momentum=0.0)
        before = model.get_weights()
        model.train_on_batch(PIXELS[:4], TRUTH[:4])
        changes[clip] = [a - b for a, b in zip(model.get_weights(), before, strict=True)]
    norms = {c: np.sqrt(sum((each**2).sum() for each in found)) for c, found in changes.items()}
    assert norms[0.01] == pytest.approx(0.01, rel=1e-3)
    for one, other in zip(changes[0.0], changes[0.01], strict=True):
        np.testing.assert_allclose(one * (0.01 / norms[0.0]), other, atol=1e-5)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """Files of weights of the small network, by their number of classes."""
    folder = tmp_path_factory.mktemp("weights")
    paths = {classes: str(folder / f"{classes}.keras") for classes in (5, 11)}
    for classes, path in paths.items():
        network.build(CONFIG, classes).save(path)
    return paths


@pytest.mark.parametrize("case", ["small", "lite0", "another head", "the same head"])
def test_a_network_begins_again_with_the_variables_that_it_would_be_built_with(
    case: str, weights: dict[int, str], prepared: Prepared
) -> None:
    """Whatever was trained in between, for another seed, and with the seeds of its random layers."""
    changes: dict[str, Any] = {
        "small": {},
        "lite0": {"model": "lite0", "weights": "imagenet"},
        "another head": {"weights": weights[5]},
        "the same head": {"weights": weights[11]},
    }[case]
    config = replace(CONFIG, **changes)
    batches = EpochBatches(config, prepared)
    shared = network.Network(config, prepared, batches, Devices(config))
    shared.compile(config, batches)
    optimizer = [np.asarray(variable).copy() for variable in shared.model.optimizer.variables]
    for variable in (*shared.model.variables, *shared.model.optimizer.variables):
        variable.assign(np.full(variable.shape, 7, variable.dtype))
    other = replace(config, seed=8)
    assert shared.begin(other, prepared, EpochBatches(other, prepared))
    expected = network.build(other, len(prepared.class_names)).variables
    for found, value in zip(shared.model.variables, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(found), np.asarray(value), err_msg=found.path)
    for found, value in zip(shared.model.optimizer.variables, optimizer, strict=True):
        np.testing.assert_array_equal(np.asarray(found), value)


def test_a_network_is_refused_by_a_run_that_it_does_not_fit(
    weights: dict[int, str], prepared: Prepared
) -> None:
    config = replace(CONFIG, weights=weights[5])
    batches = EpochBatches(config, prepared)
    shared = network.Network(config, prepared, batches, Devices(config))
    assert shared.begin(replace(config, seed=8, name="other"), prepared, batches)
    assert not shared.begin(replace(config, learning_rate=0.5), prepared, batches)
    fewer = replace(config, per_class=3)
    assert not shared.begin(config, prepared, EpochBatches(fewer, prepared)), "other data"
    network.build(CONFIG, 5).save(weights[5])
    assert not shared.begin(config, prepared, batches), "the file of the weights was replaced"
