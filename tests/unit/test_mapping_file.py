"""What a mapping file may say; every problem is told with its place and what to do."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dashapp.cli import main
from data_layer.ingest.errors import MappingError
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.mapping.rules import Identity, MappingFile
from data_layer.ingest.mapping.yaml_tree import parse_yaml

PROJECT = Path(__file__).parents[2]
GOOD = '[[table]]\nto = "staff"\nfrom = "people.csv"\n[table.columns]\nstaff_id = "id"\n'


SERVICE = '[[table]]\nto = "service_interactions"\nfrom = "x.csv"\n[table.columns]\ninteraction_id = "id"\n'
CLIENTS = '[[table]]\nto = "clients"\nfrom = "x.csv"\n[table.columns]\nclient_id = "id"\n'


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
        (GOOD + 'team = ""', r"columns\.team: needs the name of their column, which is empty"),
        (GOOD.replace("[table.columns]", "header = 0\n[table.columns]"), "header must be a whole number from 1"),
        (SERVICE + 'duration_minutes = { from = "x", unit = "weeks" }', "unit = 'weeks' must be one of milliseconds"),
        (
            SERVICE + 'duration_minutes = { from = "x", decimal = ";" }',
            r'columns\.duration_minutes: decimal must be "," or "\."',
        ),
        ('decimal = ";"\n' + SERVICE, 'the file: decimal must be "," or'),
        (GOOD.replace("[table.columns]", "decimal = 1\n[table.columns]"), "decimal must be text in quotes"),
        (GOOD + 'team = { from = "x", decimal = "," }', "decimal means nothing for a text column"),
        (
            CLIENTS + '[table.attributes]\nX = { from = "x", decimal = "," }',
            "decimal needs unit, times or plus, such as times = 1",
        ),
        (SERVICE + 'satisfaction_score = { from = "x", plus = "1" }', "plus must be a number"),
        (GOOD + 'team = { from = "x", plus = 1 }', "plus means nothing for a text column"),
        (SERVICE + 'date = { from = "x", date_format = "day first" }', "must be such as %d/%m/%Y"),
        (SERVICE + 'date = { from = "x", date_format = "%Q" }', "must be such as %d/%m/%Y"),
        (
            GOOD + 'team = { from = "x", date_format = "%Y" }',
            "columns.team: date_format means nothing for a text column",
        ),
        (GOOD + 'team = { from = "x", unit = "seconds" }', "unit means nothing for a text column"),
        (SERVICE + 'date = { from = "x", refers_to = "staff.team" }', "refers_to means nothing for a moment column"),
        (GOOD.replace("[table.columns]", 'delimiter = "||"\n[table.columns]'), "delimiter must be one character"),
        (GOOD.replace('"staff"', '"staf"'), "Did you mean 'staff'"),
        (GOOD + 'ful_name = "x"', "Did you mean 'full_name'"),
        (GOOD + 'team = { from = "x", refers_to = "teams.name" }', "refers_to = 'teams.name' must be table.column"),
        (GOOD + 'team = { from = "x", values = ["a"] }', "values must be a table of texts"),
        ("zone = 1\n" + GOOD, "the file: the key zone is unknown"),
        ('time_zone = "Mars"\n' + GOOD, "not an IANA time zone"),
        (GOOD.replace("staff_id", "full_name"), "columns must say where staff_id comes from"),
        (GOOD + '[table.attributes]\nX = "x"', "staff has no customer to give them to"),
        ('[identity]\nmatch = "name"\n', "identity: match must be one of email, phone"),
        ("[identity]\nmost = 5\n", "identity: match must be one of"),
        ('[identity]\nmatch = "email"\nmost = 1\n', "most must be a whole number from 2"),
        ('[identity]\nmatch = "email"\nnames = "like"\n', "names = 'like' must be one of agree, any"),
        ('identity = "email"\n' + GOOD, "identity must be a table"),
    ],
)
def test_problems_name_their_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(MappingError, match=words):
        read(tmp_path, text)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as failure:
        read(tmp_path, GOOD + "x = 1\n" + GOOD.replace('"staff"', '"nobody"'))
    assert len(str(failure.value).splitlines()) == 2


@pytest.mark.parametrize("file", sorted((PROJECT / "docs" / "mappings").iterdir()), ids=lambda file: file.name)
def test_the_worked_examples_are_sound(file: Path) -> None:
    assert read_mapping(file).tables


def test_one_example_in_both_languages() -> None:
    toml, yaml = (read_mapping(PROJECT / "docs" / "mappings" / f"telco-churn.{ending}") for ending in ("toml", "yaml"))
    assert (toml.tables, toml.time_zone, toml.identity) == (yaml.tables, yaml.time_zone, yaml.identity)


def test_identity_alone_is_a_mapping(tmp_path: Path) -> None:
    found = read(tmp_path, '[identity]\nmatch = ["email", "phone"]\nignore = "front@x.org"\nnames = "any"\nmost = 3\n')
    assert found.tables == ()
    assert found.identity == Identity(("email", "phone"), True, ("front@x.org",), 3)


def test_yaml_keeps_words_as_words() -> None:
    text = "a: No\nb: {0: off, 007: y}\nc: 2024-01-02\nd: 12:30\ne: true\nf: 0.01\ng: 5\nh: ~\n"
    assert parse_yaml(text) == {
        "a": "No", "b": {"0": "off", "007": "y"}, "c": "2024-01-02", "d": "12:30", "e": True, "f": 0.01, "g": 5, "h": "~",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: a is there twice"),
        ("table: [\n", "is not YAML: line 2: expected the node content"),
        ("- to: staff\n", "the file must begin with names"),
        ("a: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
        ("? [a]\n: b\n", "a name must be text"),
        ("table:\n  - to: people\n", "to must name one of our tables"),
    ],
)
def test_problems_of_yaml_name_their_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "crm.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError, match=words):
        read_mapping(file)


def test_the_reference_is_what_the_command_writes() -> None:
    text = (PROJECT / "docs" / "loading-your-data.md").read_text(encoding="utf-8")
    done = CliRunner().invoke(main, ["import", "--reference"])
    assert text.partition("## Reference")[2].partition("\n\n### ")[2] == done.output.partition("### ")[2]


def test_the_examples_of_the_guide_are_sound(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "loading-your-data.md").read_text(encoding="utf-8")
    examples = [block.partition("```")[0] for block in text.split("```toml\n")[1:]]
    assert [len(read(tmp_path, example).tables) for example in examples] == [1, 3, 0]
