"""Which ops are compiled, and where what was compiled is kept."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import augment
import augment.engine
from augment.engine.op import Kind
from augment.engine.spans import spans_of
from tests.conftest import ROOT

generated = pytest.importorskip(
    "augment.engine.compiled.generated",
    reason="numba is not installed, so nothing is compiled",
    exc_type=ImportError,
)

BY_PYTHON = {"pixels", "mix", "policy"}
COMPILED = [name for name, op in augment.registry().items() if op.kind not in BY_PYTHON]


def chosen(op: augment.Op) -> list[dict[str, Any]]:
    """Return all combinations of an op's choices."""
    choices = {name: p.choices for name, p in op.params.items() if p.type == "choice"}
    return [dict(zip(choices, each, strict=True)) for each in itertools.product(*choices.values())]


def test_every_op_is_compiled_but_of_the_kinds_that_python_carries_out() -> None:
    assert {op.kind for op in augment.registry().values()} == set(get_args(Kind))
    for name, op in augment.registry().items():
        assert (generated.compiled_op(name) is None) == (op.kind in BY_PYTHON)
    assert {case.op.name for case in generated.codes().cases} == set(COMPILED)


@pytest.mark.parametrize("name", COMPILED)
def test_every_choice_has_the_code_of_what_it_does(name: str) -> None:
    op, known = augment.registry()[name], generated.codes()
    kinds = list(known.ends)
    starts = dict(zip(kinds, [0, *known.ends.values()], strict=False))
    found = set()
    for choices in chosen(op):
        code = generated.compiled_op(name).code({**op.defaults, **choices})
        case = known.cases[code]
        assert case.op.name == name
        assert case.choices.items() <= choices.items()
        assert starts[op.kind] <= code < known.ends[op.kind]
        assert f"op_{code}(" in generated.source()
        found.add(code)
        if set(case.choices) == set(choices) or op.kind not in ("affine", "blend"):
            continue
        # A choice that is left out makes no difference to the function.
        drawn = {name: span.type(span.high) for name, span in spans_of(name).items()}
        sides = (31, 57)[: len(op.reads)]
        one, other = (
            op.function(*sides, **op.defaults | choices | kept | drawn)
            for kept in (
                case.choices,
                {k: p.default for k, p in op.params.items() if k in choices} | case.choices,
            )
        )
        np.testing.assert_array_equal(one, other)
    own = [code for code, case in enumerate(known.cases) if case.op.name == name]
    assert sorted(found) == own


def test_the_numbers_of_an_op_are_all_else() -> None:
    for name in COMPILED:
        op, compiled = augment.registry()[name], generated.compiled_op(name)
        texts = {key for key, param in op.params.items() if param.type == "choice"}
        assert set(compiled.numbers) == {*op.params, *op.draws} - texts
        assert len(compiled.numbers) <= generated.codes().most


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """One file of an engine and one of ops, in place of ours."""
    files = {"engine": tmp_path / "engine" / "own.py", "ops": tmp_path / "some_ops" / "own.py"}
    for file in files.values():
        file.parent.mkdir()
        file.write_text("one = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(generated, "OPS", "some_ops")
    monkeypatch.setattr(augment.engine, "__path__", [str(tmp_path / "engine")])
    return files


def name_of(text: str) -> str:
    return str(generated._name.__wrapped__(text))


@pytest.mark.parametrize("where", ["engine", "ops"])
def test_the_name_depends_on_every_text(texts: dict[str, Path], where: str) -> None:
    before = name_of("x = 1")
    assert name_of("x = 1") == before
    assert name_of("x = 2") != before
    texts[where].write_text("one = 2\n", encoding="utf-8")
    assert name_of("x = 1") != before
    texts[where].write_text("one = 1\n", encoding="utf-8")
    assert name_of("x = 1") == before
    (texts[where].parent / "deep").mkdir()
    (texts[where].parent / "deep" / "more.py").write_text("two = 2\n", encoding="utf-8")
    assert name_of("x = 1") != before


@pytest.mark.parametrize("of", ["numba", "llvmlite", "np"])
def test_the_name_depends_on_what_compiles(of: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = name_of("x = 1")
    monkeypatch.setattr(getattr(generated, of), "__version__", "0.0.0")
    assert name_of("x = 1") != before


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A place that cannot be written, not even by root, and one that can."""
    (tmp_path / "file").touch()
    found = [tmp_path / "file" / "below", tmp_path / "new" / "cache"]
    monkeypatch.setattr(generated, "_folders", lambda: iter(found))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return found


def test_a_folder_that_cannot_be_written_is_passed_over(folders: list[Path]) -> None:
    module = generated._imported("def seven(): return 7")
    assert Path(module.__file__).parent == folders[1]
    assert module.seven() == 7
    assert [each.name for each in folders[1].iterdir() if each.is_file()] == [
        f"{module.__name__}.py"
    ]


def test_a_file_where_numba_cannot_write_is_passed_over(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where root installed and compiled, and another user renders."""
    first = folders[0] = folders[1].parent / "of root"
    assert Path(generated._imported("def seven(): return 7").__file__).parent == first
    of_all = generated.tempfile.TemporaryFile

    def refused(dir: Path) -> Any:
        if dir == first:
            raise PermissionError
        return of_all(dir=dir)

    monkeypatch.setattr(generated.tempfile, "TemporaryFile", refused)
    assert Path(generated._imported("def seven(): return 7").__file__).parent == folders[1]


def test_without_a_folder_there_is_a_module_all_the_same(folders: list[Path]) -> None:
    del folders[1]
    module = generated._imported("def seven(): return 7")
    assert module.seven() == 7
    assert getattr(module, "__file__", None) is None


def test_the_folder_that_the_user_chose_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/chosen")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    first, *_, last = generated._folders()
    assert first == Path("/chosen")
    assert last == Path("/cache/augment")


# Only a small part is compiled, by a process of its own: a function over one op.
COMPILES = """
import sys
import augment
from augment.engine.compiled import generated
known = augment.registry()
generated.registry = lambda: {"mix_up": known["mix_up"]}
generated._SIGNATURES = {"describe": generated._SIGNATURES["describe"]}
was_compiled = generated.is_compiled()
describe = generated.load().describe
assert generated.is_compiled()
import numpy as np
shares = np.ones(2)
describe(np.array([-1, 0]), np.array([[0.2, 0.75]] * 2), 8, 8, np.zeros((2, 4), int), shares)
assert shares.tolist() == [1.0, 0.75]
print(was_compiled, sum(describe.stats.cache_hits.values()))
"""


@pytest.mark.parametrize("setting", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
def test_a_later_process_finds_what_was_compiled(setting: str, tmp_path: Path) -> None:
    """In the folder that the user chose; or in the user's cache, where the package cannot be written."""
    environment = {**os.environ, setting: str(tmp_path)}
    code = COMPILES
    if setting == "XDG_CACHE_HOME":
        environment.pop("NUMBA_CACHE_DIR", None)
        (tmp_path / "file").touch()
        code = code.replace(
            "was_compiled =",
            f'generated.__file__ = "{tmp_path / "file" / "module.py"}"\nwas_compiled =',
        )
    found = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        for _ in range(2)
    ]
    assert [each.returncode for each in found] == [0, 0], found[0].stderr + found[1].stderr
    assert [each.stdout.split() for each in found] == [["False", "0"], ["True", "1"]]


ELSEWHERE = """
import sys
from augment.engine.compiled import generated
generated._SIGNATURES = {name: generated._SIGNATURES[name] for name in ("describe", "write_colours")}
generated.numba.config.NUMBA_DEFAULT_NUM_THREADS = 2
if not sys.argv[1]:
    sys.executable = "/nowhere"
assert not generated.is_compiled()  # in this folder; it may be in another
generated._compile_elsewhere("describe")
found = generated.load().describe.stats
assert generated.is_compiled()
print(len(found.cache_hits), len(found.cache_misses))
"""


@pytest.mark.parametrize(("can_start", "found"), [("1", "1 0"), ("", "0 1")])
def test_a_part_that_another_process_compiled_is_found_and_any_other_is_compiled(
    can_start: str, found: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, can_start],
        cwd=ROOT,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == found
