"""``ops`` prints what the registry has."""

from __future__ import annotations

import pytest

import augment
from augment.engine import distributions
from augment.export import reference
from augment.export.counterparts import Counterpart
from tests.cli.conftest import Cli, assert_refused
from tests.conftest import ROOT


def test_the_table_names_every_op_parameter_and_paper(cli: Cli) -> None:
    result = cli("ops")
    assert (result.code, result.err) == (0, "")
    blocks = ops_of(result.out)
    assert list(blocks) == list(augment.registry())
    for name, op in augment.registry().items():
        assert op.paper.label in blocks[name]
        assert blocks[name].split()[1:3] == [op.group, op.kind]
        for param in op.params.values():
            assert param.name in blocks[name]
            default = param.default if param.type == "choice" else f"{param.default:g}"
            assert f"({default})" in blocks[name]


def ops_of(table: str) -> dict[str, str]:
    """Return the lines of each op."""
    blocks: dict[str, str] = {}
    for line in table.splitlines()[1:]:
        name = line.split()[0] if not line.startswith(" ") else list(blocks)[-1]
        blocks[name] = blocks.get(name, "") + line + "\n"
    return blocks


def test_the_document_holds_what_a_form_would_need(cli: Cli) -> None:
    described = {op["name"]: op for op in cli("ops", "--json").document}
    assert list(described) == list(augment.registry())
    for name, op in augment.registry().items():
        assert described[name]["kind"] == op.kind
        assert described[name]["group"] == op.group
        twin = described[name]["twin"]
        assert (twin and twin["layer"]) == (op.twin and op.twin.layer)
        assert list(described[name]["drawn"]) == described[name]["draws"] == list(op.draws)
        assert described[name]["doc"] == op.doc
        assert described[name]["example"] == op.example
        assert [param["name"] for param in described[name]["params"]] == list(op.params)
        for param in described[name]["params"]:
            declared = op.params[param["name"]]
            assert param["default"] == declared.default
            if param["type"] == "choice":
                assert param["choices"] == list(declared.choices)
            else:
                assert (param["low"], param["high"]) == declared.bounds


def test_one_op_in_full(cli: Cli) -> None:
    result = cli("ops", "cut_mix")
    op = augment.registry()["cut_mix"]
    assert op.doc in result.out
    assert op.example in result.out
    assert op.params["alpha"].help in result.out
    assert "keras_cv.layers.CutMix(alpha=1.0)" in result.out
    assert "mix_up" not in result.out


def test_an_unknown_op(cli: Cli) -> None:
    assert_refused(cli("ops", "cutmix"), "cutmix", "cut_mix")


PAGE = ROOT / "docs" / "ops.md"


def test_the_page_in_the_docs_is_what_the_command_prints(cli: Cli) -> None:
    """If not, an op has changed: write it again with the command at the top of the page."""
    result = cli("ops", "--markdown")
    assert (result.code, result.err) == (0, "")
    assert result.out == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", augment.registry())
def test_the_page_describes_each_op_in_full(name: str) -> None:
    op = augment.registry()[name]
    _, _, after = PAGE.read_text(encoding="utf-8").partition(f'<a id="{name}"></a>')
    section = after.partition("<a id=")[0]
    assert f"### {op.title}\n\n`{name}`, kind {op.kind}, version {op.version}." in section
    assert op.doc in section
    assert f"```pycon\n{op.example}\n```" in section
    assert op.paper.title in section
    assert op.paper.url is None or f"({op.paper.url})" in section
    for param in op.params.values():
        [row] = [line for line in section.splitlines() if line.startswith(f"| `{param.name}` | ")]
        assert param.help in row
        assert param.unit in row
        default = f"`{param.default}`" if param.type == "choice" else f"{param.default:g}"
        assert f" | {default} | " in row
    for draw in op.draws:
        assert f"- `{draw}`: " in section
    [row] = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if f"(#{name}) |" in line
    ]
    for library, names in reference.counterparts().items():
        counterpart = names.get(name, Counterpart("nothing"))
        [line] = [line for line in section.splitlines() if line.startswith(f"- {library}: ")]
        assert all(part in line for part in counterpart.name.split(", "))
        assert line.endswith(counterpart.differs or ".")
        assert name not in names or f"`{counterpart.name.split(', ')[0]}`" in row
    if op.twin:
        assert f"keras_cv.layers.{op.twin.layer}(" in section


def test_draws_as_text() -> None:
    assert reference.drawn(distributions.UpTo("x", signed=True, centre=1.0)) == (
        "Uniform from 0 to `x`; under a policy, the strength. (signed, centre: 1)"
    )
    assert reference.drawn(distributions.Chance("rate", slots=("n",))) == (
        "True with the probability that `rate` gives. (once for each of `n`)"
    )
    assert reference.drawn(distributions.Between("a", "b")) == (
        "Uniform between `a` and `b`, in either order; under a policy, the strength."
    )
    assert "follows strength: no" in reference.drawn(
        distributions.Within("x", follows_strength=False)
    )


def test_markdown_takes_no_names_and_no_json(cli: Cli) -> None:
    assert_refused(cli("ops", "flip", "--markdown"), "--markdown", "names")
    assert_refused(cli("ops", "--json", "--markdown"), "--json", "--markdown")
