"""Which sign parts the columns of a text file, and what is said where none was found."""

from __future__ import annotations

import pytest

from clearprop.tables import read_table


@pytest.fixture
def written(tmp_path):
    """Return a function that writes text into a file and reads it as a table."""

    def read(text, name="t.csv", **options):
        (tmp_path / name).write_bytes(text.encode())
        return read_table(tmp_path / name, **options)

    return read


ONE_COLUMN = {
    "carets": "a^c\n1^x\n2^y\n", "two colons": "a::c\n1::x\n2::y\n", "tildes": "a~c\n1~x\n2~y\n",
    "a sign that is not seen": "a\x01c\n1\x01x\n2\x01y\n",
    "a fixed width": "a     b     c\n1.5   2     x\n      3     y\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_one_column_where_a_sign_stands_in_every_line_is_said(written, name):
    assert any("No columns were found" in note and "--delimiter" in note for note in written(ONE_COLUMN[name]).notes)


def test_the_delimiter_that_was_told_ends_the_note(written):
    table = written(ONE_COLUMN["carets"], delimiter="^")
    assert (table.names, table.notes) == (("a", "c"), ())
    assert written("c\n5.5\n7.5\n").notes == written("day\n2020-01-31\n2020-02-29\n").notes == ()


def test_decimal_commas_are_not_taken_for_delimiters(written):
    rows = written("1,5;2,5\n3,5;4,5\n5,5;6,5\n")
    assert rows.column("column_2").values.tolist() == [2.5, 4.5, 6.5]
    alone = written("c\n1,5\n2,5\n3,5\n")
    assert (alone.names, alone.column("c").values.tolist()) == (("c",), [1.5, 2.5, 3.5])


def test_a_frame_of_one_column_as_r_writes_it_keeps_its_name(written):
    table = written('"c"\n"1" 1.5\n"2" 2.5\n"3" 3.5\n', name="t.txt")
    assert (table.names, table.column("c").values.tolist()) == (("c",), [1.5, 2.5, 3.5])


@pytest.mark.parametrize("sign", [" ", ",", "\t", ";"])
def test_quotes_within_a_cell_may_have_a_backslash_before_them_as_r_writes_them(written, sign):
    cells = ['"x \\"q\\" y"', '"back\\\\slash"', '"plain"', '"a, b; c"']
    text = sign.join(("a", "c")) + "\n" + "".join(f"{sign.join((str(k), cell))}\n" for k, cell in enumerate(cells))
    table = written(text, name="t.txt")
    assert table.column("c").cells() == ['x "q" y', "back\\slash", "plain", "a, b; c"]


def test_a_backslash_before_the_last_quote_is_a_folder(written):
    table = written('a,c\n1,"C:\\dir\\"\n2,"D:\\"\n')
    assert table.column("c").cells() == ["C:\\dir\\", "D:\\"]


def test_a_rule_below_the_names_is_no_row(written):
    table = written("| a | c |\n|---|:--|\n| 1 | x |\n| 2 | y |\n")
    assert (table.n_rows, table.column("c").cells()) == (2, ["x", "y"])
    assert any("is a rule" in note and "--header" in note for note in table.notes)
