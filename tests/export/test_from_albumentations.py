"""Pipelines as albumentations itself saved them, and what somebody might make of such a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from augment import RecipeError
from augment.export import Imported, from_albumentations, is_pipeline
from augment.export.from_albumentations import MOST_TRANSFORMS
from tests.conftest import ROOT

DETECTION = "albumentations_2_0_8_detection.json"
NESTED = "albumentations_2_0_8_nested.json"
SMALL = "albumentations_1_3_1_small.json"


def text_of(name: str) -> str:
    return (ROOT / "tests/export" / name).read_text(encoding="utf-8")


def of_file(name: str) -> Imported:
    return from_albumentations(text_of(name))


def pipeline(*transforms: dict[str, Any], **settings: Any) -> dict[str, Any]:
    whole = {"__class_fullname__": "Compose", "p": 1.0, "transforms": list(transforms)}
    return {"__version__": "2.0.8", "transform": whole | settings}


def one(name: str, p: float = 1.0, **arguments: Any) -> dict[str, Any]:
    return {"__class_fullname__": name, "p": p, **arguments}


def steps_of(imported: Imported) -> list[Any]:
    """Return the steps in short: op, probability, and children or the parameters that matter."""
    return [
        (step.op, step.probability, [child.op for child in step.steps])
        if step.steps
        else (step.op, step.probability)
        for step in imported.recipe.steps
    ]


def remark_on(imported: Imported, where: str) -> str:
    found = [remark for remark in imported.remarks if remark.startswith(where)]
    assert found, (where, imported.remarks)
    return " ".join(found)


def test_a_usual_pipeline_of_version_2() -> None:
    found = of_file(DETECTION)
    assert found.version == "2.0.8"
    assert steps_of(found) == [
        ("random_resized_crop", 1.0),
        ("flip", 1.0),
        ("one_of", 0.3, ["gaussian_noise", "gaussian_blur"]),
        ("one_of", 0.4, ["sharpness", "brightness", "brightness"]),  # of weights 0.5 and 1
        ("zoom", 0.6),
        ("rotate", 0.6),
        ("translate_x", 0.6),
        ("translate_y", 0.6),
        ("hue", 0.25),
        ("random_pipeline", 0.5, ["cutout"]),
    ]
    crop, flip, noise, _, zoom, turn, right, _, hue, holes = found.recipe.steps
    assert crop.params == {"crop_area_factor": 0.2, "aspect_ratio_factor": 1.3333}
    assert flip.params == {"mode": "horizontal", "rate": 0.5}
    assert noise.steps[0].params["stddev"] == 0.2
    assert noise.steps[1].params["factor"] == pytest.approx(2.24 / 224)  # as the crop says
    assert (zoom.params["factor"], right.params["width_factor"]) == (0.2, 0.1)
    assert (turn.params["factor"], turn.params["fill_mode"]) == (0.1, "reflect")  # 36 degrees
    assert hue.params["factor"] == 0.1  # 18 of 180
    assert holes.params == {"augmentations_per_image": 4, "rate": 0.75}  # 2 to 4 holes
    assert holes.steps[0].params["fill_value"] == 127


def test_each_thing_without_a_counterpart_is_a_sentence_with_its_place() -> None:
    found = of_file(DETECTION)
    assert "no counterpart" in remark_on(found, "transforms[2].OneOf[2] (RandomFog)")
    assert "equalize comes closest" in remark_on(found, "transforms[3].OneOf[0] (CLAHE)")
    assert "another one of the list" in remark_on(found, "transforms[2] (OneOf)")
    assert "a model normalizes" in remark_on(found, "transforms[7] (Normalize)")
    assert "0 to 255" in remark_on(found, "transforms[8] (ToTensorV2)")
    assert "no boxes" in remark_on(found, "bbox_params")
    assert "happen together" in remark_on(found, "transforms[4] (ShiftScaleRotate)")
    for remark in found.remarks:
        assert remark.endswith(".")
        assert remark.isprintable()
    exact = ("transforms[0] ", "transforms[1] ", "transforms[5] ", "transforms[2].OneOf[0]")
    assert not [remark for remark in found.remarks if remark.startswith(exact)]


def test_choices_orders_and_sequences() -> None:
    found = of_file(NESTED)
    assert steps_of(found)[:4] == [
        ("one_of", 0.6, ["rotate", "flip"]),  # 0.9, but for the third, which does nothing
        ("one_of", 1.0, ["invert", "grayscale", "grayscale"]),
        ("random_pipeline", 0.7, ["equalize", "auto_contrast", "posterize"]),
        ("brightness", 0.8),
    ]
    # The first has a p of 0.5, which weighs the choice: what is chosen happens.
    assert [step.probability for step in found.recipe.steps[1].steps] == [1.0, 1.0, 1.0]
    drawn = found.recipe.steps[2]
    assert [step.probability for step in drawn.steps] == [0.5, 1.0, 1.0]
    assert drawn.params["augmentations_per_image"] == 2
    assert "drawn twice" in remark_on(found, "transforms[2] (SomeOf)")
    crop = next(step for step in found.recipe.steps if step.op == "random_crop")
    assert crop.params == {"padding_factor": 0.125, "fill_mode": "constant", "fill_value": 0}
    grid = found.recipe.steps[-1]
    assert (grid.params["unit_min_factor"], grid.params["unit_max_factor"]) == (0.25, 0.375)
    assert "cut_mix comes closest" in remark_on(found, "transforms[7] (Mosaic)")


def test_a_pipeline_of_version_1() -> None:
    found = of_file(SMALL)
    assert found.version == "1.3.1"
    by_op: dict[str, Any] = {step.op: step for step in found.recipe.steps}
    assert by_op["random_crop"].params["padding_factor"] == 0.125
    assert by_op["rot90"].params == {"turns": "any", "rate": 0.75}
    [across, down, both] = next(step for step in found.recipe.steps if step.op == "one_of").steps
    assert (across.params["mode"], down.params["mode"]) == ("horizontal", "vertical")
    assert both.params == {"turns": "half", "rate": 1.0}
    noise = found.recipe.steps[4].steps[0]
    assert noise.params["stddev"] == pytest.approx(10 / 255, rel=1e-4)  # of a variance of 100
    assert by_op["translate_x"].params["width_factor"] == 0.125  # 4 of 32 pixels
    first, second = (step for step in found.recipe.steps if step.op == "cutout")
    assert (first.params["height_min_factor"], first.params["height_factor"]) == (0.25, 0.25)
    assert (second.params["height_min_factor"], second.params["height_factor"]) == (0.125, 0.25)
    assert by_op["solarize"].params["threshold_factor"] == 128
    assert "always 128" in remark_on(found, "transforms[10] (Solarize)")
    assert by_op["jpeg_quality"].params["quality"] == 60
    assert by_op["channel_shift"].params["factor"] == 0.1
    assert by_op["brightness"].params["method"] == "multiplicative"
    assert "black stays black" in remark_on(found, "transforms[12] (RandomContrast)")


def test_a_dict_its_json_and_a_transform_alone_are_the_same() -> None:
    document = pipeline(one("HorizontalFlip", 0.3), one("ToGray", 0.1))
    text = json.dumps(document)
    expected = from_albumentations(document)
    assert from_albumentations(text) == from_albumentations(text.encode()) == expected
    as_tuples = {**document, "transform": {**document["transform"]}}
    as_tuples["transform"]["transforms"] = tuple(document["transform"]["transforms"])
    assert from_albumentations(as_tuples) == expected
    alone = {"__version__": "2.0.8", "transform": one("ToGray", 0.1)}
    assert steps_of(from_albumentations(alone)) == [("grayscale", 0.1)]


def test_sizes_in_pixels_are_of_the_pictures_given_found_or_assumed() -> None:
    blur = one("GaussianBlur", sigma_limit=[0.0, 3.2], blur_limit=[0, 0])

    def factor(*transforms: dict[str, Any], size: int | None = None) -> tuple[float, int]:
        found = from_albumentations(pipeline(*transforms), size=size)
        step = found.recipe.steps[-1]
        return step.params["factor"], sum("are assumed" in one for one in found.remarks)

    assert factor(blur) == (pytest.approx(3.2 / 224, rel=1e-4), 1)
    assert factor(blur, size=64) == (0.05, 0)
    assert factor(one("Resize", height=96, width=128), blur) == (pytest.approx(1 / 30, rel=1e-4), 0)


def test_a_range_that_a_recipe_lacks_is_said() -> None:
    found = from_albumentations(
        pipeline(
            one("Rotate", limit=[10, 90], border_mode=3, interpolation=1),
            one("GaussNoise", std_range=[0.3, 0.9]),
            one("Affine", rotate=[-400, 400], border_mode=1),
        )
    )
    first, noise, last = found.recipe.steps
    assert (first.params["factor"], first.params["fill_mode"]) == (0.25, "reflect")
    assert "from 10 to 90" in remark_on(found, "transforms[0] (Rotate)")
    assert "repeated" in remark_on(found, "transforms[0] (Rotate)")
    assert noise.params["stddev"] == 0.5
    assert "would be 0.9; it is 0.5" in remark_on(found, "transforms[1] (GaussNoise)")
    assert (last.params["factor"], last.params["fill_mode"]) == (0.5, "edge")


def test_the_class_of_somebody_is_not_taken_for_one_of_the_library() -> None:
    found = from_albumentations(
        pipeline(
            one("mine.HorizontalFlip"),
            one("albumentations.augmentations.geometric.HorizontalFlip"),
            one("os.system", p=1.0, command="false"),
        )
    )
    assert steps_of(found) == [("flip", 1.0)]
    assert "no counterpart" in remark_on(found, "transforms[0] (mine.HorizontalFlip)")
    assert "no counterpart" in remark_on(found, "transforms[2] (os.system)")


def test_a_sequence_in_a_choice_becomes_alternatives_and_says_so() -> None:
    both = one("Sequential", transforms=[one("InvertImg"), one("ToGray")])
    found = from_albumentations(pipeline(one("OneOf", transforms=[both, one("ChannelShuffle")])))
    [choice] = found.recipe.steps
    ops = sorted(step.op for step in choice.steps)
    assert ops == ["channel_shuffle", "channel_shuffle", "grayscale", "invert"]  # a half each
    assert "alternatives" in remark_on(found, "transforms[0].OneOf[0] (Sequential)")


def deep(levels: int) -> dict[str, Any]:
    inner = one("ToGray")
    for _ in range(levels):
        inner = one("OneOf", transforms=[inner, one("InvertImg")])
    return pipeline(inner)


HOSTILE: list[tuple[Any, str]] = [
    ("", "not valid JSON"),
    ("{", "not valid JSON"),
    ("[]", "not a pipeline"),
    ('{"version": 1, "steps": []}', "not a pipeline"),
    ({"transform": {"__class_fullname__": 5}}, "__class_fullname__"),
    (pipeline() | {"transform": {"__class_fullname__": "Compose", "transforms": 5}}, "a list"),
    (pipeline({"p": 1}), "__class_fullname__"),
    (pipeline(one("ToGray", p=2)), "p is 2"),
    (pipeline(one("ToGray", p=True)), "p is true"),
    (pipeline(one("Rotate", limit="all")), "transforms[0] (Rotate): limit"),
    (pipeline(one("Rotate", limit=[1, 2, 3])), "a list of two"),
    (pipeline(one("Rotate", limit=[0, float("nan")])), "limit"),
    (pipeline(one("Rotate", limit=[-(10**300), 1])), "limit"),
    (pipeline(one("Rotate", limit=5, border_mode="x")), "border_mode"),
    (pipeline(one("CoarseDropout", fill={"a": 1})), "fill"),
    (pipeline(one("RandomGamma", gamma_limit=[0, 100])), "above 0"),
    (pipeline(one("RandomResizedCrop", ratio=[0, 1])), "above 0"),
    (pipeline(one("SomeOf", n=-1, transforms=[one("ToGray")])), "n is -1"),
    (pipeline(one("Posterize", num_bits=[])), "num_bits"),
    (pipeline(one("ElasticTransform", alpha=1, sigma=1e9)), "sigma"),
    (pipeline(*[one("ToGray")] * 60), "more than 50 steps"),
    (pipeline(*[one("RandomFog")] * (MOST_TRANSFORMS + 1)), f"more than {MOST_TRANSFORMS}"),
    (deep(6), "nested"),
    (json.dumps(deep(90)), "nested"),
    ('{"transform": ' * 5000, "not valid JSON|nested too deep"),
    (" " * 300_000, "256 KB"),
    ({"transform": {"__class_fullname__": "Lambda", "f": object()}}, "cannot be written as JSON"),
    (pipeline(one("SomeOf", n=10**400, transforms=[one("ToGray")])), "n is 1"),
]


@pytest.mark.parametrize(("document", "message"), HOSTILE)
def test_a_bad_document_is_one_sentence(document: Any, message: str) -> None:
    with pytest.raises(RecipeError) as refused:
        from_albumentations(document)
    sentence = str(refused.value)
    assert any(part in sentence for part in message.split("|"))
    assert "\n" not in sentence
    assert len(sentence) < 600


def test_a_name_breaks_no_remark() -> None:
    [remark] = from_albumentations(pipeline(one("\u202e\n" * 5000))).remarks
    assert remark.isprintable()
    assert len(remark) < 500


def test_what_is_a_pipeline() -> None:
    assert is_pipeline(text_of(SMALL))
    assert is_pipeline(json.dumps(one("ToGray")))
    for other in ("", "{", "[]", '{"version": 1, "steps": []}', '{"transform": 5}', " " * 300_000):
        assert not is_pipeline(other)
