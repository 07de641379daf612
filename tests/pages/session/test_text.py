"""Text from outside; `tests/browser/test_text.py` shows what Streamlit makes of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.session.text import escaped
from tests.conftest import ROOT
from tests.pages.shown import plain

MARKUP = "![x](http://example.org/p.png) <b>$x$</b> :red[y] `z` **w** | ~u~"
PAGES = ROOT / "pages"
# What takes Markdown as its first argument, and the keywords that do.
ELEMENTS = {
    *("title", "header", "subheader", "markdown", "caption", "write", "badge", "metric", "table"),
    *("error", "warning", "info", "success", "toast", "progress", "status", "spinner", "image"),
    *("button", "download_button", "form_submit_button", "link_button", "menu_button", "page_link"),
    *("checkbox", "toggle", "radio", "selectbox", "multiselect", "slider", "segmented_control"),
    *(
        "number_input",
        "text_input",
        "text_area",
        "file_uploader",
        "pills",
        "feedback",
        "chat_input",
    ),
    *("tabs", "expander", "popover", "dialog", "Page"),
}
KEYWORDS = {"body", "label", "text", "help", "caption", "title", "description", "delta"}
SAFE_CALLS = {"escaped", "counted", "megabytes", "duration"}
# All that is shown as Markdown without `escaped`: texts of this program, and numbers.
OF_THE_PROGRAM = {
    "about.py": {
        *("list(GROUPS.values())", "op.title", "op.summary", "op.name", "op.version", "rest"),
        *("param_line(param)", "source", "picture", "photograph.licence_url"),
    },
    "compare.py": {"title"},
    "components/compare/bands.py": {"text"},
    "components/compare/classes.py": {"['Chart', 'Table']"},
    "components/compare/live.py": {
        "len(members)",
        "sum((run.progress for run in members))",
    },
    "components/compare/missing_tests.py": {"len(jobs)", "done"},
    "components/compare/table.py": {
        *("good", "text", "{'Group': [escaped(name) for name in names], **rows}"),
    },
    "data.py": {"list(TABS)"},
    "components/data/add.py": {"label"},
    "components/data/disk.py": {"percent"},
    "components/data/duplicates.py": {"min(_PAGE, len(pairs) - len(rows))"},
    "components/data/faults.py": {"label", "near"},
    "components/data/facts.py": {"filter(None, found)"},
    "components/data/prepare.py": {"_BUTTONS[now.state]", "share"},
    "components/pictures/data_choice.py": {
        *("LABELS[name]", "LABELS['data']", "LABELS['split_seed']", "LABELS['splits']", "help"),
    },
    "components/pictures/own_pictures.py": {"done", "total"},
    "components/pictures/picture_choice.py": {"data_choice.split_help(prepared)"},
    "components/pictures/seed_epoch.py": {"help"},
    "components/predict/choice.py": {"what", "TITLES[name]"},
    "components/recipe/share.py": {"label", "help", "text"},
    "components/recipe/step_chooser.py": {"label"},
    "components/runs/classes.py": {"['Chart', 'Table']", "text"},
    "components/runs/confused.py": {"count"},
    "components/runs/form.py": {"LABELS[name]", "LABELS['name']", "help"},
    "components/runs/deletion.py": {
        *("left", "what"),
        "{escaped(name): megabytes(usage.runs.get(run_id, 0)) for run_id, name in names.items()}",
    },
    "components/runs/filtering.py": {"label"},
    "components/runs/list.py": {"_about(run)", "run.progress"},
    "components/runs/replay.py": {
        "_sentence(config, epoch, batch, len(batches.rows(epoch)[batch - 1]), epochs)",
        "count",
    },
    "components/runs/results.py": {"label", "help", "text"},
    "components/runs/saved.py": {"result.split", "after", "label", "meaning", "_nothing(run)"},
    "components/runs/selection.py": {"label", "text"},
    "components/runs/testing.py": {"age(last)", "last", "often"},
    "components/runs/tta.py": {
        *("_changes_table(found.changes[method])", "['Chart', 'Table']", "banded", "text", "lines"),
        "found.split",
    },
    "components/runs/view.py": {
        *("run.state.lower()", "run.progress", "_about(run)"),
        "{name: escaped(value) for name, value in settings(run, config).items()}",
    },
    "components/runs/links.py": {"AT_ONCE.high", "AT_ONCE.low", "help", "label", "len(groups)"},
    "components/session/text.py": {"shown"},
    "components/sweep/change.py": {"each.title", "queued", "running"},
    "components/sweep/values.py": {"label"},
    "components/sweep/view.py": {"done", "len(found.runs)", "rows"},
    "components/views/asked.py": {"doing", "later"},
    "components/views/keras_cv.py": {
        *("label", "pictures", "not_included"),
        *("_seconds(ours)", "_seconds(theirs)"),
    },
    "components/views/ranges.py": {"_exception(recipe, mixing)", "drawn.sentence", "epoch"},
    "components/views/strength.py": {"label", "lines", "table"},
    "components/views/steps.py": {"walked.left_out"},
    "components/views/sweep.py": {"label", "help", "why"},
}


def unescaped(node: ast.expr) -> Iterator[str]:
    """Yield the parts of a text that may come from outside; not numbers, constants and what is safe."""
    match node:
        case ast.Constant():
            pass
        case ast.JoinedStr(values=values):
            for value in values:
                if isinstance(value, ast.FormattedValue) and not is_number(value.format_spec):
                    yield from unescaped(value.value)
        case ast.Call(func=ast.Name(id=name)) if name in SAFE_CALLS:
            pass
        case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id="escaped"), _]):
            pass
        case ast.Call(func=ast.Attribute(attr="join"), args=[lines]):
            yield from unescaped(lines)
        case ast.GeneratorExp(elt=each) | ast.ListComp(elt=each):
            yield from unescaped(each)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            yield from unescaped(one)
            yield from unescaped(other)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.strip("_").isupper():
            pass
        case _:
            yield ast.unparse(node)


def is_number(spec: ast.expr | None) -> bool:
    return spec is not None and ast.unparse(spec).rstrip("'\"").endswith(("d", "f", "g", "%", ","))


def shown_by(path: Path) -> set[str]:
    """Return what a file shows as Markdown without `escaped`."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.IfExp)
    ]
    shows = [call for call in calls if getattr(call.func, "attr", "error") in ELEMENTS]
    texts = [
        text
        for call in shows
        for text in (*call.args[:1], *(k.value for k in call.keywords if k.arg in KEYWORDS))
    ]
    return {part for text in texts for part in unescaped(text)}


def page(lines: list[str], total: int | None) -> None:
    from pages.components.session.text import text_list

    text_list(lines, total)


def test_every_text_on_a_page_is_of_the_program_or_escaped() -> None:
    shown = {path.relative_to(PAGES).as_posix(): shown_by(path) for path in PAGES.rglob("*.py")}
    assert {name: found for name, found in shown.items() if found} == OF_THE_PROGRAM


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("www.b.c", r"www:color[]\.b\.c"),
        ("https://b", r"https\::color[]\/\/b"),
        ("a@b.c", r"a\@:color[]b\.c"),
        (":smile:", r"\::color[]smile\:"),
        ("a -> b", r"a \-:color[]\> b"),
        ("🌷", ":color[]🌷"),
        ("  a  b ", "&nbsp;&nbsp;a&nbsp;&nbsp;b&nbsp;"),
        ("a\n\n- b", "a\\\n\\\n\\- b"),
        ("a\u202e\ud800\x00", r"a\\u202e\\ud800\\x00"),
        ("&lt;", r"\&lt\;"),
    ],
)
def test_text_from_outside_is_shown_as_it_is(text: str, markdown: str) -> None:
    assert escaped(text) == markdown
    assert plain(escaped(MARKUP)) == MARKUP


def test_a_list_is_escaped_and_counts_what_it_leaves_out() -> None:
    app = AppTest.from_function(page, args=([MARKUP] * 201, None)).run()
    lines = app.markdown[0].value.splitlines()
    assert lines[0] == f"- {escaped(MARKUP)}"
    assert lines[200:] == ["- And 1 more like these."]
    app = AppTest.from_function(page, args=(["a", "b"], 12)).run()
    assert app.markdown[0].value == "- a\n- b\n- And 10 more like these."
