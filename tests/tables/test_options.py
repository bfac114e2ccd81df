"""How a table is to be read: said once, checked before the file is opened."""

import re
from dataclasses import fields
from typing import get_type_hints

import pytest

from clearprop.errors import UsageError
from clearprop.tables import ReadOptions, read_table
from clearprop.tables.sources.options import Options


def test_what_may_be_said_is_checked_and_documented_under_the_same_names():
    checked = get_type_hints(Options)
    assert get_type_hints(ReadOptions) == {field.name: checked[field.name] for field in fields(Options)}
    described = re.findall(r"^    (\w+(?:, \w+)*) : ", read_table.__doc__, re.MULTILINE)
    assert {name for names in described for name in names.split(", ")} == {"source", *checked}


def test_an_option_that_is_none_is_named_beside_the_nearest():
    with pytest.raises(UsageError, match=r"without an option 'decimals'\. Did you mean \"decimal\"\?"):
        read_table("iris", decimals=",")


@pytest.mark.parametrize("name", ["na", "keep", "drop", "only"])
def test_one_word_is_no_list_of_words(name):
    with pytest.raises(UsageError, match=rf"{name} must be a list, got the text 'species'; write {name}=\['species'\]"):
        read_table("iris", **{name: "species"})
