"""The compiled calls of rendering, generated over the functions of the ops themselves.

A module is written that says for each code which function of the registry is called with which numbers;
`carry_out` and `loops` do the rest. numba compiles it once, for a minute at most, and keeps the result
on disk: in `__pycache__` of this package, or in the user's cache where that cannot be written. The name
of the module has a digest of all that it depends on, so what is found is never out of date. Because numba
compiles on one core, parts of the module are compiled by other processes, and found by this one.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib.util
import inspect
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import llvmlite
import numba
import numpy as np
from numba import boolean, float64, int64, uint8, uint16, uint64

import augment.engine
from augment.engine.compiled import carry_out as steps
from augment.engine.compiled import loops
from augment.engine.geometry import BORDERS, compose
from augment.engine.op import OPS, STATISTICS, Op, registry
from augment.engine.spans import spans_of

_BITS = {name: 1 << place for place, name in enumerate(STATISTICS)}
_ORDER = ("tone", "affine", "colour", "paste", "blend")

_PICTURES, _BYTES, _INTS = uint8[:, ::1], uint8[::1], int64[::1]
_NUMBERS, _PAIRS = float64[:, ::1], int64[:, ::1]
_LETTERS = ", ".join("abcdefghijkl")
_SIGNATURES = {
    # What `carry_out` calls and takes long to compile, the longest first.
    "write_tables": boolean(int64, float64[::1], _PICTURES, float64[::1], _PAIRS, _PICTURES),
    "warp": numba.void(
        _BYTES,
        _BYTES,
        int64,
        int64,
        _NUMBERS,
        int64,
        uint8,
        uint64[::1],
        _PAIRS,
        _BYTES,
        _BYTES,
        uint16[:, ::1],
    ),
    "write_matrix": numba.void(int64, float64[::1], int64, int64, _NUMBERS),
    "write_colours": numba.void(int64, float64[::1], _NUMBERS),
    "mix": numba.void(
        int64,
        int64,
        _PICTURES,
        _PICTURES,
        _BYTES,
        _PICTURES,
        int64,
        _PAIRS,
        _INTS,
        float64[::1],
        _INTS,
        boolean,
    ),
    "describe": numba.void(_INTS, _NUMBERS, int64, int64, _PAIRS, float64[::1]),
    "carry_out": numba.void(
        int64,
        int64,
        _PICTURES,
        _PICTURES,
        _BYTES,
        _INTS,
        _INTS,
        _INTS,
        _NUMBERS,
        _PAIRS,
        int64,
        int64,
    ),
}


class Case(NamedTuple):
    """A code: an op with its choices.

    Attributes:
        op: The op.
        choices: The value of each argument that is a choice.
    """

    op: Op
    choices: Mapping[str, str]


class Codes(NamedTuple):
    """The codes of a registry.

    Attributes:
        cases: For each code what it is.
        ends: For each kind the code after its last.
        most: The most numbers that an op takes.
    """

    cases: tuple[Case, ...]
    ends: Mapping[str, int]
    most: int


class CompiledOp(NamedTuple):
    """An op that is compiled, as a program needs to know it.

    Attributes:
        codes: The code of each combination of its choices.
        choices: The arguments that are choices, and that its function looks at.
        numbers: The arguments that are numbers, in the order in which a program has them.
        has_border: Whether it may ask for a border.
    """

    codes: Mapping[tuple[str, ...], int]
    choices: tuple[str, ...]
    numbers: tuple[str, ...]
    has_border: bool

    def code(self, values: Mapping[str, Any]) -> int:
        """Return the code of the op with these arguments."""
        return self.codes[tuple(values[name] for name in self.choices)]


@functools.cache
def compiled_op(name: str) -> CompiledOp | None:
    """Return what a program needs to know of an op; None for one that Python carries out."""
    op = registry()[name]
    if op.kind not in _ORDER:
        return None
    own = {
        tuple(case.choices.values()): code
        for code, case in enumerate(codes().cases)
        if case.op.name == name
    }
    return CompiledOp(own, choices_of(op), numbers_of(op), "fill_mode" in op.params)


def choices_of(op: Op) -> tuple[str, ...]:
    """Return the arguments of an op that are choices, and that its function looks at."""
    looked_at = {each.argval for each in dis.get_instructions(op.function)}
    of_type = (name for name, param in op.params.items() if param.type == "choice")
    return tuple(name for name in of_type if name in looked_at)


def numbers_of(op: Op) -> tuple[str, ...]:
    """Return the arguments of an op that are numbers, in the order in which a program has them."""
    every = (*op.params, *op.drawn_once)
    return tuple(
        name for name in every if name not in op.params or op.params[name].type != "choice"
    )


@functools.cache
def codes() -> Codes:
    """Return the codes of the ops that are compiled."""
    cases: list[Case] = []
    ends = {}
    for kind in _ORDER:
        for op in registry().values():
            if op.kind == kind:
                names = choices_of(op)
                allowed = (op.params[name].choices for name in names)
                cases += (
                    Case(op, dict(zip(names, each, strict=True)))
                    for each in itertools.product(*allowed)
                )
        ends[kind] = len(cases)
    return Codes(tuple(cases), ends, max(len(numbers_of(case.op)) for case in cases))


@functools.cache
def load() -> ModuleType:
    """Return the module of the compiled calls; the first time ever, it is compiled.

    Its functions `carry_out`, `mix` and `describe` let go of Python's lock.
    """
    *parts, _ = _SIGNATURES
    cores: int = numba.config.NUMBA_DEFAULT_NUM_THREADS  # type: ignore[attr-defined]
    others = cores - 1
    if others and _has_file() and not is_compiled():
        with ThreadPoolExecutor(others) as pool:
            started = {part: pool.submit(_compile_elsewhere, part) for part in parts}
            for part in reversed(parts):
                if started[part].cancel():  # no other process has come to it yet
                    compile_part(part)
    for part in _SIGNATURES:
        compile_part(part)
    return _module()


def compile_part(name: str) -> None:
    """Compile a function of the module, or load it if a process has compiled it before."""
    module = _module()
    function = getattr(module, name)
    if isinstance(function, FunctionType):
        compiled = numba.njit(_SIGNATURES[name], nogil=True, cache=_has_file())(function)
        setattr(module, name, compiled)


def _compile_elsewhere(name: str) -> None:
    program = (
        f"import sys; sys.path[:] = {sys.path}; "
        f"from augment.engine.compiled import generated; generated.compile_part({name!r})"
    )
    # Where it fails, this process compiles that part itself.
    with suppress(OSError):
        subprocess.run(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


@functools.cache
def _module() -> ModuleType:
    """Return the module, with nothing compiled yet."""
    module = _imported(source())
    cases = codes().cases
    functions = {f"op_{code}": jitted(case.op.function) for code, case in enumerate(cases)}
    module.__dict__.update(functions, loops=loops, compose=jitted(compose))
    return module


def _has_file() -> bool:
    return Path(_module().__file__ or "").exists()


def is_compiled() -> bool:
    """Return whether `load` has little to do: it was called, or finds what was compiled before."""
    if load.cache_info().currsize:
        return True
    for folder in _folders():
        there = next(each for each in (folder, *folder.parents) if each.exists())
        if there.is_dir() and os.access(there, os.W_OK):
            # Below the folder of the module, numba has one of its own, of any name in a chosen one.
            found = (folder.glob(f"*/{_name(source())}.{part}-*.nbc") for part in _SIGNATURES)
            return all(any(each) for each in found)
    return False


@functools.cache
def source() -> str:
    """Return the text of the module: which function is called for which code, and with what."""
    known = codes()
    ends = known.ends
    lines = [
        "import numpy as np",
        "from numba import njit",
        f"END_OF_TONES, END_OF_MATRICES = {ends['tone']}, {ends['affine']}",
        *(f"{name.upper()} = {bit}" for name, bit in _BITS.items()),
        f"NO_BORDER = {BORDERS['reflect']}",
        "",
        *_what_is_read(known),
        *_write_tables(known),
        *_write("write_matrix", "height, width, found", "affine", known),
        *_write("write_colours", "found", "colour", known),
        f"def warp({_LETTERS}):",
        f"    loops.warp({_LETTERS})",
        "",
        "def describe(codes, numbers, height, width, boxes, shares):",
        "    for row in range(len(codes)):",
        "        code = codes[row]",
        *_describe(known),
        "",
        f"def mix({_LETTERS}):",
        f"    loops.mix({_LETTERS})",
        "",
        inspect.getsource(steps.carry_out),
    ]
    return "\n".join(lines)


def _what_is_read(known: Codes) -> Iterator[str]:
    yield "@njit"
    yield "def what_is_read(code):"
    for code, case in enumerate(known.cases[: known.ends["tone"]]):
        if bits := sum(_BITS[name] for name in case.op.reads):
            yield f"    if code == {code}:"
            yield f"        return {bits}"
    yield "    return 0"
    yield ""


def _write_tables(known: Codes) -> Iterator[str]:
    yield "def write_tables(code, numbers, extent, means, histogram, found):"
    for code, case in enumerate(known.cases[: known.ends["tone"]]):
        is_grey = _example(case).ndim == 1
        yield f"    if code == {code}:"
        yield f"        table = op_{code}({_arguments(case)})"
        yield "        for level in range(256):"
        yield "            for channel in range(3):"
        yield f"                found[channel, level] = table[level{'' if is_grey else ', channel'}]"
        yield f"        return {is_grey}"
    yield "    return False"
    yield ""


def _write(name: str, arguments: str, kind: str, known: Codes) -> Iterator[str]:
    yield f"def {name}(code, numbers, {arguments}):"
    yield "    pass"
    for code, case in enumerate(known.cases):
        if case.op.kind == kind:
            yield f"    if code == {code}:"
            yield f"        made = op_{code}({_arguments(case)})"
            # `found[:] = made` would take seconds to compile, for the text of an error.
            yield "        for row in range(len(found)):"
            yield "            for column in range(3):"
            yield "                found[row, column] = made[row, column]"
    yield ""


def _describe(known: Codes) -> Iterator[str]:
    for code, case in enumerate(known.cases):
        arguments = _arguments(case, "numbers[row]")
        if case.op.kind == "paste":
            yield f"        if code == {code}:"
            yield f"            top, bottom, left, right = op_{code}({arguments})"
            yield "            boxes[row, 0], boxes[row, 1] = top, bottom"
            yield "            boxes[row, 2], boxes[row, 3] = left, right"
        elif case.op.kind == "blend":
            yield f"        if code == {code}:"
            yield f"            shares[row] = op_{code}({arguments})"


def _arguments(case: Case, numbers: str = "numbers") -> str:
    """Return the arguments of an op in the order of its signature, read from the numbers of a program."""
    names = numbers_of(case.op)
    found = list(case.op.reads)
    for name in inspect.signature(case.op.function).parameters:
        if name in case.op.reads:
            continue
        if name in names:
            number = f"{numbers}[{names.index(name)}]"
            types = {bool: f"({number} != 0.0)", int: f"np.int64({number})", float: number}
            found.append(types[_type_of(case.op, name)])
        else:
            # A choice that the function does not look at, such as the border, which the engine fills.
            found.append(repr(case.choices.get(name, case.op.defaults[name])))
    return ", ".join(found)


def _type_of(op: Op, name: str) -> type:
    if name in op.params:
        return {"int": int, "float": float, "bool": bool}[op.params[name].type]
    return spans_of(op.name)[name].type


def _example(case: Case) -> Any:
    """Return what a tone op makes of an example."""
    examples = {
        "extent": np.array([[0] * 3, [255] * 3], np.uint8),
        "means": np.full(3, 127.5),
        "histogram": np.ones((256, 3), np.int64),
    }
    spans = spans_of(case.op.name)
    drawn = {name: span.type(span.low) for name, span in spans.items()}
    values = {**case.op.defaults, **case.choices, **drawn}
    return case.op.function(*(examples[name] for name in case.op.reads), **values)


_jitted: dict[FunctionType, Any] = {}


def jitted(function: Callable[..., Any]) -> Any:
    """Return a function of ours for numba, with those that it calls; nothing is compiled yet.

    numba knows no keyword-only arguments, so they become positional.
    """
    assert isinstance(function, FunctionType)
    if function in _jitted:
        return _jitted[function]
    code = function.__code__
    known = dict(function.__globals__)
    for name in code.co_names:
        called = known.get(name)
        if isinstance(called, FunctionType) and called.__module__.startswith("augment."):
            known[name] = jitted(called)
    code = code.replace(co_argcount=code.co_argcount + code.co_kwonlyargcount, co_kwonlyargcount=0)
    _jitted[function] = numba.njit(FunctionType(code, known, function.__name__))
    return _jitted[function]


@functools.cache
def _name(text: str) -> str:
    """Return the name of the module: of its text, and of all that it calls."""
    digest = hashlib.blake2b(text.encode(), digest_size=8)
    digest.update(
        f"{numba.__version__} {llvmlite.__version__} {np.__version__} {loops.HAS_LOOKUP}".encode()
    )
    ops = importlib.util.find_spec(OPS)
    assert ops is not None
    assert ops.submodule_search_locations is not None
    for folder in (*augment.engine.__path__, *ops.submodule_search_locations):
        for path in sorted(Path(folder).rglob("*.py")):
            if path.parent.name != "__pycache__":
                digest.update(path.read_bytes())
    return f"augment_program_{digest.hexdigest()}"


def _folders() -> Iterator[Path]:
    """Yield where the module may be, the best place first."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(chosen)
    yield Path(__file__).parent / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "augment"


def _imported(text: str) -> ModuleType:
    """Return the module, from a file if there is a place for one, because numba keeps nothing without."""
    name = _name(text)
    for folder in _folders():
        path = folder / f"{name}.py"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # numba neither keeps nor finds anything where it cannot write.
            tempfile.TemporaryFile(dir=folder).close()
            if not path.exists():
                with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
                    file.write(text)
                Path(file.name).replace(path)
        except OSError:
            continue
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    module = ModuleType(name)
    exec(compile(text, f"<{name}>", "exec"), module.__dict__)
    return module
