"""``ops`` says what the registry says, and nothing of its own."""

from __future__ import annotations

import augment
from tests.cli.conftest import Cli, assert_refused


def test_the_table_names_every_op_parameter_and_paper(cli: Cli) -> None:
    result = cli("ops")
    assert (result.code, result.err) == (0, "")
    blocks = ops_of(result.out)
    assert list(blocks) == list(augment.registry())
    for name, op in augment.registry().items():
        assert op.paper.label in blocks[name]
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
        assert described[name]["doc"] == op.doc
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
    assert op.params["alpha"].help in result.out
    assert "mix_up" not in result.out


def test_an_unknown_op(cli: Cli) -> None:
    assert_refused(cli("ops", "cutmix"), "cutmix", "cut_mix")
