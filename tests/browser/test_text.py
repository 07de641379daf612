from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore_page import settle
from tests.browser.text_page import EXPECTED, KINDS, TIPS
from tests.serving import serving

# Of each container its texts, and the elements in them that Markdown has made of a text.
READ = """() => [...document.querySelectorAll("[class*=st-key-text-]")].map(box => {
  const name = [...box.classList].find(name => name.startsWith("st-key-text-"));
  const text = "[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]";
  const plain = "p, br, strong, ul, li, div, h3, h3 *, span:not([class], [style], [role])";
  const texts = [...box.querySelectorAll(text)];
  const made = texts.flatMap(text => [...text.querySelectorAll(`:not(${plain})`)]);
  return [name, texts.map(text => text.innerText), made.map(element => element.outerHTML)];
})"""


@pytest.fixture
def page(new_tab: Callable[[], Page], tmp_path: Path) -> Page:
    """The page of `text_page.py`, completely shown."""
    with serving("tests/browser/text_page.py", tmp_path / "log") as server:
        tab = new_tab()
        tab.goto(server.url)
        expect(tab.locator("[class*=st-key-text-]")).to_have_count(len(EXPECTED) * len(KINDS))
        settle(tab)  # a place is there before what is in it
        expect(tab.get_by_test_id("stSkeleton")).to_have_count(0)
        yield tab
        tab.goto("about:blank")
        assert server.problems(0) == []


def test_every_text_is_shown_literally_in_every_element(page: Page) -> None:
    wrong = []
    for name, texts, made in page.evaluate(READ):
        kind, number = name.removeprefix("st-key-text-").rsplit("-", 1)
        expected = list(EXPECTED.values())[int(number)]
        if kind == "inside":
            expected = f"({expected}) {expected}"
        if kind == "heading":
            expected = expected.replace("\n", " ")
        # Spaces that HTML would drop are shown as spaces that do not break.
        if expected not in [text.replace("\xa0", " ") for text in texts] or made:
            wrong.append((kind, expected, texts, made))
    assert wrong == []
    for number, tip in enumerate(TIPS):
        page.get_by_role("button", name=f"tip {number}", exact=True).hover()
        shown = page.get_by_role("tooltip")
        expect(shown).to_have_text(tip)
        expect(shown.locator("a, img, code, em, [role=img]")).to_have_count(0)
        page.mouse.move(0, 0)
        expect(shown).to_have_count(0)  # it fades, also while there is another
