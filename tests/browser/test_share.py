from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

import augment
from augment import Recipe
from augment.data import samples
from augment.inspect import sheet
from augment.presets import PRESETS
from tests.browser.conftest import Visits
from tests.browser.explore_page import painted, repainted, settle, shows, slider

GUIDE = PRESETS["guide"].recipe
NO_CLIPBOARD = "delete Navigator.prototype.clipboard"


def opened(page: Page) -> str:
    """Open the box once the page is there, with its address, and return the name of its pictures."""
    shown = painted(page)
    settle(page)
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Load this recipe").wait_for()
    settle(page)
    return shown


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    expect(page.get_by_role("button", name=button)).to_be_visible()
    settle(page)  # the button may lead to what it led to before
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def file_input(page: Page) -> Locator:
    """Return where a file is given, once what there was for the file before is gone."""
    found = page.locator(".st-key-share input[type=file]")
    expect(found).to_have_count(1)
    return found


def upload(page: Page, name: str, content: bytes) -> None:
    chosen = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    file_input(page).set_input_files(chosen)  # type: ignore[arg-type]
    page.get_by_text(name).wait_for()  # the button is disabled until all of the file has come
    page.get_by_role("button", name="Load this recipe").click()


def pasted(page: Page) -> Locator:
    """Return where a person has pasted."""
    field = page.get_by_role("textbox", name="Paste a recipe")
    field.focus()
    page.keyboard.press("Control+v")
    return field


def test_the_link_is_copied_or_selected_and_leads_to_the_same_pictures(visit: Visits) -> None:
    page = visit("/?tiles=4&seed=9")
    opened(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    address, shown = page.url, painted(page)
    slider(page, "Magnitude").press("End")
    shown = repainted(page, shown)
    page.wait_for_function("url => location.href !== url", arg=address)
    button = page.get_by_role("button", name="Copy link")
    told = page.get_by_role("status")
    button.press("Enter")
    expect(told.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert painted(visit(link)) == shown

    # Pages that are not safe have no clipboard.
    page.evaluate("navigator.clipboard.writeText('')")
    page.evaluate(NO_CLIPBOARD)
    assert page.evaluate("navigator.clipboard") is None
    field = page.get_by_role("textbox", name="Link to this page")
    button.click()
    expect(told.get_by_text("Copied.")).to_be_visible()
    expect(field).to_be_hidden()
    expect(button).to_be_focused()
    expect(pasted(page)).to_have_value(page.url)
    for refusal in ("() => false", "() => { throw new Error('no') }"):
        page.evaluate(f"document.execCommand = {refusal}; 0")
        button.click()
        expect(told.get_by_text("copy it from here")).to_be_visible()
        expect(field).to_have_value(page.url)
        expect(field).to_be_focused()
        selected = field.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)")
        assert selected == page.url
        expect(field).not_to_be_editable()


def test_the_grid_and_code_are_downloaded_and_the_recipe_is_loaded_from_the_grid(
    visit: Visits, server_home: Path
) -> None:
    page = visit("/?tiles=4&size=64&seed=5&epoch=3&split=train")
    pictures: list[str] = []
    is_file = re.compile(r"/media/.*\.png").search
    page.on("request", lambda sent: pictures.append(sent.url) if is_file(sent.url) else None)
    shown = opened(page)
    for kind, name, parts in (
        ("Code", "explore.py", ["SEED = 5", "EPOCH = 3", "split='train'", "size=64"]),
        ("keras_cv", "explore_keras_cv.py", ["keras_cv.layers.CutMix", "split='train'"]),
    ):
        page.locator(".st-key-share").get_by_role("radio", name=kind).click()
        called, content = downloaded(page, f"Download {name}")
        assert called == name
        assert all(part in content.decode() for part in parts)
        compile(content, name, "exec")
        expect(page.locator(".st-key-share code")).to_contain_text(parts[0])

    # The picture is made on download and not before.
    expect(page.get_by_role("button", name="Download the grid")).to_be_enabled()
    assert pictures == []
    name, content = downloaded(page, "Download the grid")
    assert len(pictures) > 0
    assert name == "augmentation-seed5-epoch3.png"
    split = augment.data.open_prepared("bundled", 64).split("train")
    first_of_each = [split.labels.tolist().index(label) for label in range(4)]
    given = samples.of_split(
        "bundled", split="train", size=64, ids=split.ids[first_of_each].tolist()
    )
    plan = augment.draw(GUIDE, given.ids, seed=5, epoch=3, labels=given.labels)
    batch = augment.render(plan, given.images, given.labels)
    assert content == sheet.grid_png(given, GUIDE, plan, batch)

    page.get_by_role("button", name="Start from a preset").click()
    page.get_by_role("dialog").get_by_role("button", name="Nothing").click()
    repainted(page, shown)
    upload(page, "found.png", content)
    shows(page, shown)


def test_a_recipe_is_downloaded_and_loaded_again_and_a_bad_one_is_a_sentence(
    visit: Visits, tmp_path: Path
) -> None:
    page = visit("/?tiles=4")
    first = opened(page)
    slider(page, "Magnitude").press("End")
    second = repainted(page, first)
    expect(page.locator(".st-key-share code")).to_contain_text('"magnitude": 1.0')
    name, content = downloaded(page, "Download recipe.json")
    assert name == "recipe.json"
    assert Recipe.from_json(content).steps[0].params["magnitude"] == 1.0
    page.get_by_role("button", name="Undo").click()
    assert repainted(page, second) == first
    upload(page, "mine.json", content)
    assert repainted(page, first) == second
    expect(slider(page, "Magnitude")).to_have_value("1")

    upload(page, "a.json", b'{"version": 1, "steps": [{"op": "grayscale"}]}')
    third = repainted(page, second)
    expect(page.get_by_text("grey").first).to_be_visible()
    upload(page, "b.json", b" " * 300_000)
    alert = page.locator(".st-key-share").get_by_role("alert")
    expect(alert).to_contain_text("256 KB")
    assert painted(page) == third
    huge = tmp_path / "c.json"
    with huge.open("wb") as file:
        file.truncate(17_000_000)
    file_input(page).set_input_files(huge)
    expect(page.get_by_text("must be 16")).to_be_visible()
    assert painted(page) == third


def test_the_box_is_usable_on_a_narrow_dark_screen(visit: Visits) -> None:
    page = visit("/?tiles=4", width=390, scheme="dark")
    first = opened(page)
    box = page.locator(".st-key-share")
    for control in ("Copy link", "Download the grid", "Download recipe.json", "Load this recipe"):
        button = box.get_by_role("button", name=control)
        button.scroll_into_view_if_needed()
        edges = button.bounding_box()
        assert edges is not None
        assert edges["x"] >= 0
        assert edges["x"] + edges["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    # A bad recipe is one sentence, and the picture stays.
    bad = '{"version": 1, "steps": [{"op": "<img src=x onerror=alert(1)>"}]}'
    page.get_by_role("textbox", name="Paste a recipe").fill(bad)
    page.get_by_role("button", name="Load this recipe").click()
    alert = box.get_by_role("alert")
    expect(alert).to_contain_text('unknown op "<img src=x onerror=alert(1)>"')
    assert alert.locator("img").count() == 0
    assert painted(page) == first
