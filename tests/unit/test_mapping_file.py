"""What a mapping file may say; every problem is told with its place and what to do."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dashapp.cli import main
from data_layer.ingest.errors import MappingError
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.mapping.rules import MappingFile

PROJECT = Path(__file__).parents[2]
GOOD = '[[table]]\nto = "staff"\nfrom = "people.csv"\n[table.columns]\nstaff_id = "id"\n'


def read(folder: Path, text: str) -> MappingFile:
    file = folder / "crm.toml"
    file.write_text(text, encoding="utf-8")
    return read_mapping(file)


def test_short_and_long_forms_of_a_column(tmp_path: Path) -> None:
    (table,) = read(
        tmp_path, GOOD + 'full_name = ["first", "last"]\nteam = { value = "North", missing = "-" }\n'
    ).tables
    assert [(column.name, column.sources, column.constant) for column in table.columns] == [
        ("staff_id", ("id",), None), ("full_name", ("first", "last"), None), ("team", (), "North"),
    ]  # fmt: skip
    assert table.takes("PEOPLE.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = ", "crm.toml is not TOML"),
        ("", "needs at least one"),
        (
            GOOD.replace("staff_id", "id"),
            r"table 1 \(staff\): columns\.id: staff has no column of that name; it has staff_id",
        ),
        (GOOD.replace('to = "staff"', 'to = "people"'), "to must name one of our tables: customers"),
        (GOOD.replace('from = "people.csv"', ""), "from must name the files"),
        (GOOD + 'team = { form = "x" }', "the key form is unknown; there are from, with"),
        (GOOD + 'team = { from = "x", value = "y" }', "needs either from"),
        (GOOD + 'team = { from = "x", unit = "weeks" }', "unit = 'weeks' must be one of milliseconds"),
        (GOOD + 'team = { from = "x", date_format = "day first" }', "must be such as %d/%m/%Y"),
        (GOOD + 'team = { from = "x", refers_to = "teams.name" }', "refers_to = 'teams.name' must be table.column"),
        (GOOD + 'team = { from = "x", values = ["a"] }', "values must be a table of texts"),
        ("zone = 1\n" + GOOD, "the file: the key zone is unknown"),
        ('time_zone = "Mars"\n' + GOOD, "not an IANA time zone"),
        (GOOD.replace("staff_id", "full_name"), "columns must say where staff_id comes from"),
        (GOOD + '[table.attributes]\nX = "x"', "staff has no customer to give them to"),
    ],
)
def test_problems_name_their_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(MappingError, match=words):
        read(tmp_path, text)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as failure:
        read(tmp_path, GOOD + "x = 1\n" + GOOD.replace('"staff"', '"nobody"'))
    assert len(str(failure.value).splitlines()) == 2


@pytest.mark.parametrize("file", sorted((PROJECT / "docs" / "mappings").glob("*.toml")), ids=lambda file: file.stem)
def test_the_worked_examples_are_sound(file: Path) -> None:
    assert read_mapping(file).tables


def test_the_reference_is_what_the_command_writes() -> None:
    text = (PROJECT / "docs" / "loading-your-data.md").read_text(encoding="utf-8")
    done = CliRunner().invoke(main, ["import", "--reference"])
    assert text.partition("## Reference")[2].partition("\n\n### ")[2] == done.output.partition("### ")[2]


def test_the_database_example_of_the_guide_is_sound(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "loading-your-data.md").read_text(encoding="utf-8")
    assert len(read(tmp_path, text.partition("```toml\n")[2].partition("```")[0]).tables) == 3
