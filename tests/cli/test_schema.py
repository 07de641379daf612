"""``schema`` prints what `augment.engine.schema` makes."""

from __future__ import annotations

from augment.engine.schema import recipe_schema
from tests.cli.conftest import Cli


def test_the_schema_is_the_one_document(cli: Cli) -> None:
    for words in (["schema"], ["schema", "--json"]):
        result = cli(*words)
        assert (result.code, result.err) == (0, "")
        assert result.document == recipe_schema()
