"""The glossary is what the registry says, whole and up to date."""

from pathlib import Path

from click.testing import CliRunner

from dashapp.cli import main
from dashapp.cli.glossary import TIMES, UNITS, WELCOME, glossary_markdown, splits
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.metric import Good, Kind, Unit
from data_layer.semantics.metrics import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"


def test_the_page_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(main, ["glossary", "--markdown"]).output
    assert PAGE.read_text(encoding="utf-8") == printed == glossary_markdown()


def test_every_metric_stands_in_it_once_with_all_that_explains_it() -> None:
    text = glossary_markdown()
    for metric in METRICS.values():
        head = f"**{metric.label}** · `{metric.name}`\n"
        assert text.count(head) == 1
        entry = text.partition(head)[2].partition("\n**")[0]
        sources = (f"`{name}`" for group in metric.needs for name in group)
        for part in (metric.definition, metric.formula, metric.n_label, *sources):
            assert part in entry, (metric.name, part)


def test_every_dimension_stands_in_it_once() -> None:
    text = glossary_markdown()
    assert [name for name in DIMENSIONS if text.count(f"\n| `{name}` |") != 1] == []


def test_every_unit_direction_and_time_has_words() -> None:
    assert (set(UNITS), set(WELCOME), set(TIMES)) == (set(Unit), set(Good), set(Kind))


def test_what_can_be_split_is_what_a_query_allows() -> None:
    assert splits(DIMENSIONS["month"]) == "everything"
    assert splits(DIMENSIONS["device"]) == "digital sessions"
    assert splits(DIMENSIONS["segment"]) == "everything but campaigns"


def test_the_terminal_lists_the_same_names() -> None:
    lines = CliRunner().invoke(main, ["glossary"]).output.splitlines()
    assert len(lines) == len(METRICS) + len(DIMENSIONS)
