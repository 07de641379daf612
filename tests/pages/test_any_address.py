"""Whatever the address contains, the page is shown, with notes on what it did not use."""

from __future__ import annotations

import base64
import json
import random
import string
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe, RecipeError, address, data
from augment.engine.limits import EPOCH, SEED
from augment.presets import PRESETS, START
from pages.components.views import state
from tests.pages.shown import errors, grids, parameter, plain

Open = Callable[..., AppTest]

BATCHES, BATCH = 4, 8
MOST_SEED, MOST_EPOCH = int(SEED.high), int(EPOCH.high)
FIRST = PRESETS[START].recipe
FLOWERS = data.source("bundled").class_names
# Values that the widgets show, and values that they do not.
VALID: dict[str, list[Any]] = {
    "seed": ["0", "7", "12", str(MOST_SEED)],
    "epoch": ["0", "3", str(MOST_EPOCH)],
    "data": ["bundled"],
    "split": ["photographs"],
    "tiles": ["4", "9"],
    "size": ["32", "64"],
    "flowers": [FLOWERS[2], [FLOWERS[1], FLOWERS[4]]],
    "view": list(state.VIEWS),
}
INVALID: dict[str, list[Any]] = {
    "seed": [
        "abc",
        "-1",
        "1e999",
        "nan",
        str(MOST_SEED + 1),
        "9" * 400,
        "",
        ["3", "4"],
        "5.5",
        "0x10",
    ],
    "epoch": ["-inf", str(MOST_EPOCH + 1), "null", "", "١٢٣٤٥٦", ["1", "x"]],
    "data": ["nonsense", "folder:../../etc", "tfds:", "", "\x00"],
    "split": ["test", "", "photographs/..", "<script>"],
    "tiles": ["7", "", "4.0", "-9", "[4]", "1e999"],
    "size": ["1000", "31", "", "224px", "infinity"],
    "flowers": ["unknown", "<b>rose</b>", [FLOWERS[3], "weed"], "![x](http://example.org)"],
    "view": ["unknown", "grid", "", "__class__"],
}
HOSTILE = (
    "[" * 100_000,
    "5",
    "null",
    "[]",
    '{"version": 1}',
    '{"version": 1, "steps": {"op": "cut_mix"}}',
    '{"version": 1, "steps": [7, null, "cut_mix"]}',
    '{"version": 0, "steps": []}',
    '{"version": 2, "steps": [{"op": "cut_mix"}]}',
    '{"version": 1, "steps": [{"op": "op_of_tomorrow", "amount": 3}]}',
    '{"version": 1, "steps": [{"op": "cut_mix", "alpha": NaN}]}',
    '{"version": 1, "steps": [{"op": "cut_mix", "alpha": 1e999}]}',
    '{"version": 1, "steps": [{"op": "cut_mix", "alpha": ' + "9" * 5_000 + "}]}",
    '{"version": 1, "steps": [{"op": "cut_mix", "alpha": ' + "9" * 401 + "}]}",
    '{"version": 1, "steps": [{"op": "cut_mix", "probability": -' + "9" * 401 + "}]}",
    '{"version": 1, "steps": [{"op": "cut_mix", "id": ' + "[" * 940 + "]" * 940 + "}]}",
    '{"version": 1, "steps": [{"op": "cut_mix", "alpha": 1, "alpha": 2}]}',
    '{"version": 1, "steps": [{"op": "cut_mix", "id": "a\\u0000**b** <i> \\u202e"}]}',
    '{"version": 1, "steps": [{"op": "cut_mix", "id": "\\ud800"}]}',
    '{"version": 1, "steps": [{"op": "\\ud800"}]}',
    '{"version": 1, "steps": [{"op": "cut_mix", "classes": [99999999999999999999999]}]}',
    '{"version": 1, "steps": [{"op": "cut_mix", "classes": [4000000000]}]}',
    '{"version": 1, "steps": [{"op": "one_of", "steps": []}]}',
    '{"version": 1, "steps": [' + '{"op": "one_of", "steps": [' * 9 + "]}" * 9 + "]}",
    json.dumps({"version": 1, "steps": [{"op": "invert", "id": f"{n}"} for n in range(51)]}),
    "\0" * 200_000,
    " " * 1_000_000,
)


# The parameters of the other pages, and values that are wrong for all or most of them.
OTHER_PAGES = {
    "data.py": ["r", "data", "size", "fit", "splits", "split_seed", "part"],
    "train.py": [
        *("r", "data", "size", "fit", "splits", "split_seed", "seed", "epochs"),
        *("preset", "model", "weights", "head_epochs", "trainable", "per_class", "precision"),
        *("batch_size", "learning_rate", "label_smoothing", "weight_decay", "schedule"),
    ],
    "runs.py": ["r", "run"],
    "compare.py": ["r", "groups"],
    "predict.py": ["r", "run", "pictures", "recipe", "views", "method", "seed"],
    "about.py": ["r"],
}
ANYTHING = (
    *(
        "",
        "0",
        "-1",
        "nan",
        "-inf",
        "1e999",
        "9" * 401,
        "-" + "9" * 5_000,
        "1_000",
        "٣",
        "²",
        "0x1f",
    ),
    *(
        "true",
        "null",
        "[]",
        "\x00",
        "a\u2028b",
        "\u202e",
        "\n",
        "x" * 100_000,
        "../..",
        "%s",
        "{0}",
    ),
    *(
        "www.b.c",
        "https://b.c",
        ":material/delete:",
        "<b>",
        "&lt;",
        "$x$",
        "[a](b)",
        "bundled",
        "own",
    ),
    *("folder:/etc", "folder:~nosuch/x", "folder:\x00", "zip:/etc/passwd", "tfds:" + "a" * 5_000),
    *("crop", "stretch", "official", "re-split", "224", "Splits", "20261128-000000-abcdef"),
)


def check_page(app: AppTest) -> None:
    """Assert that the page shows pictures and no part of it fails."""
    assert not app.exception
    assert grids(app)
    assert "recipe" in app.session_state


def notes(app: AppTest) -> list[str]:
    """Return the notes on the address."""
    lines = [line for box in app.info for line in plain(box.value).split("\n\n")]
    assert all(len(line) < 300 and line.isprintable() for line in lines)
    return lines


def mentions(lines: list[str], name: str) -> bool:
    return any(f" says {name}=" in line or f" gives {name} no" in line for line in lines)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_valid_values_are_shown_and_all_others_are_noted(open_page: Open, batch: int) -> None:
    chance = random.Random(batch)
    for _ in range(BATCH):
        requested: dict[str, Any] = {"size": "32", "tiles": "4"}
        wrong = set(chance.sample(sorted(INVALID), chance.choice((0, 1, 1, 2, 3))))
        for name in VALID:
            if name in wrong:
                requested[name] = chance.choice(INVALID[name])
            elif chance.random() < 0.4:
                requested[name] = chance.choice(VALID[name])
        if chance.random() < 0.3:
            requested["".join(chance.choices(string.ascii_lowercase, k=12))] = "x" * 10_000
        app = open_page(**requested)
        check_page(app)
        assert errors(app) == [], requested
        lines = notes(app)
        named = {name for name in requested if mentions(lines, name)}
        assert named == wrong | (set(requested) - set(VALID)), (requested, lines)
        assert all(line.startswith("The address ") for line in lines)
        for name in set(requested) & set(VALID) - wrong:
            shown = app.session_state[name]
            one = shown[0] if isinstance(shown, list) and len(shown) == 1 else shown
            assert str(one) == str(requested[name]), name


@pytest.mark.parametrize("page", OTHER_PAGES)
def test_no_address_breaks_another_page(open_page: Open, page: str) -> None:
    chance = random.Random(page)
    for _ in range(2 * len(OTHER_PAGES[page])):
        names = chance.sample(OTHER_PAGES[page], chance.randint(1, min(3, len(OTHER_PAGES[page]))))
        requested = {name: chance.choice(ANYTHING) for name in names}
        app = open_page(page, **requested)
        sentences = [each.value for each in (*app.error, *app.warning, *app.info)]
        assert not app.exception, requested
        assert all(len(sentence) < 2_500 for sentence in sentences), requested


def damaged(chance: random.Random, parameter: str) -> str:
    """Return the parameter of a recipe, damaged in one of the ways that links are."""
    letters = list(parameter)
    match chance.randrange(4):
        case 0:
            letters[chance.randrange(len(letters))] = chance.choice("aZ0-_%+ é\0")
        case 1:
            del letters[chance.randrange(len(letters)) :]
        case 2:
            letters.insert(chance.randrange(len(letters)), chance.choice("AQ=\n"))
        case 3:
            chance.shuffle(letters)
    return "".join(letters)


def retyped(chance: random.Random, recipe: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe with something else in one place."""
    step = chance.choice(recipe["steps"])
    name = chance.choice([*step, "unheard_of"])
    step[name] = chance.choice(
        [None, True, -1, 0, 10**30, 1e308, "", "🌷" * 30, [], [[]], {}, {"op": "cut_mix"}, "<img>"]
    )
    return recipe


def recipes(seed: int) -> list[str]:
    """Return parameters of random recipes, most of them damaged."""
    chance = random.Random(seed)
    presets = sorted(PRESETS)
    texts = [PRESETS[chance.choice(presets)].recipe.to_json() for _ in range(2 * BATCH)]
    changed = [json.loads(text) for text in texts[BATCH:]]
    return [
        *(damaged(chance, address.encode(text)) for text in texts[:BATCH]),
        *(
            address.encode(json.dumps(retyped(chance, recipe)))
            for recipe in changed
            if recipe["steps"]
        ),
    ]


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_recipe_is_one_sentence(open_page: Open, seed: int) -> None:
    for link in recipes(seed):
        check_recipe(open_page, link)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:60])
def test_a_hostile_recipe_is_one_sentence_or_harmless(open_page: Open, text: str) -> None:
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).rstrip(b"=").decode()
    check_recipe(open_page, packed)


def check_recipe(open_page: Open, link: str) -> None:
    """Assert that a valid recipe is shown, and any other is refused in one sentence."""
    app = open_page(r=link, size="32", tiles="4")
    check_page(app)
    assert notes(app) == []
    expected, refusal = read(link)
    assert len(errors(app)) == (refusal is not None)
    assert all(str(refusal) in sentence for sentence in errors(app))
    assert Recipe.from_json(address.decode(parameter(app, "r"))) == expected


def read(link: str) -> tuple[Recipe, RecipeError | None]:
    """Return the recipe that a page with this link shows, and what is wrong with that of the link."""
    try:
        return Recipe.from_json(address.decode(link)), None
    except RecipeError as error:
        return FIRST, error


@pytest.mark.parametrize("page", ["runs.py", "compare.py", "about.py", "predict.py", "data.py"])
def test_a_parameter_that_a_page_does_not_know_is_named(open_page: Open, page: str) -> None:
    app = open_page(page, wrong="5")
    assert errors(app) == []
    assert "The address says wrong=5, which nothing on this page uses." in plain(app.info[0].value)
    app.run()
    assert not any("wrong" in note.value for note in app.info)
