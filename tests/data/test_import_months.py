"""Dates with month names of other languages than English."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from data_layer.ingest import errors
from data_layer.ingest.mapping.months import ENGLISH, MONTHS, in_english
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.options import ImportOptions, LoadReport
from data_layer.ingest.run import run_import
from data_layer.ingest.start import suggest_mapping
from tests.data.loading import ALONE, query

HEADER = "Vorgang;Kunde;Angelegt\n"


def load(home: Path, place: Path, mapping: str) -> LoadReport:
    file = home / "map.toml"
    file.write_text(mapping, encoding="utf-8")
    return run_import(place, home, ImportOptions(mapping=read_mapping(file), **ALONE))


@pytest.mark.parametrize("language", MONTHS)
def test_every_name_of_a_month_is_read_however_it_is_written(language: str) -> None:
    forms = ("3. {}. 2024", "3 {} 2024", "03/{}/2024", "3 de {} de 2024", "3-{}-2024")
    written = [
        (form.format(cased), f"3 {ENGLISH[place]} 2024")
        for place, names in enumerate(MONTHS[language])
        for name in names.split()
        for cased in (name, name.upper(), name.title())
        for form in forms
    ]
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE x AS SELECT unnest(?) AS v, unnest(?) AS wanted",
            [list(one) for one in zip(*written, strict=True)],
        )
        wrong = f"SELECT v FROM x WHERE ltrim(replace({in_english('v', language)}, '-', ' '), '0') <> wanted"
        assert con.execute(wrong).fetchall() == []


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("de", ["3. März 2024", "12. Dezember 2024", "1. Mai 2024"]),
        ("fr", ["1er août 2024", "3 févr. 2024", "31 décembre 2024"]),
        ("pl", ["3 października 2024", "5 maja 2024", "7 lutego 2024"]),
        ("pt", ["3 de março de 2024", "5 de maio de 2024", "7 de outubro de 2024"]),
    ],
)
def test_a_suggestion_finds_the_language_and_a_load_reads_it(tmp_path: Path, language: str, texts: list[str]) -> None:
    rows = "".join(f"V{number};K{number};{text} 14:30\n" for number, text in enumerate(texts))
    place = tmp_path / "tickets.csv"
    place.write_text("Ticket ID;Customer ID;Created at\n" + rows, encoding="utf-8")
    text = suggest_mapping(place)
    assert f'language = "{language}"' in text
    assert load(tmp_path, place, text).loaded == 6  # and the clients that they name
    ((first, last),) = query(tmp_path, "SELECT min(opened_date), max(opened_date) FROM fact_interaction")
    assert (first.year, last.year, last > first) == (2024, 2024, True)


def test_a_word_that_is_no_month_is_rejected_and_another_language_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "tickets.csv"
    place.write_text(HEADER + "V1;K;3. Marzo 2024\nV2;K;3. März 2024\n", encoding="utf-8")
    mapping = """
        [[table]]
        to = "service_interactions"
        from = "tickets.csv"
        [table.columns]
        interaction_id = "Vorgang"
        customer_id = "Kunde"
        date = { from = "Angelegt", language = "de" }
    """
    with pytest.raises(errors.TooManyRejects, match="1 of 2 rows"):
        load(tmp_path, place, mapping)
    place.write_text(HEADER + "V2;K;3. März 2024\n", encoding="utf-8")
    assert load(tmp_path, place, mapping).loaded == 1
    assert query(tmp_path, "SELECT opened_date FROM fact_interaction") == [(date(2024, 3, 3),)]
    with pytest.raises(errors.MappingError, match="language = 'xx' must be one of de, es"):
        load(tmp_path, place, mapping.replace('"de"', '"xx"'))
    with pytest.raises(errors.MappingError, match="language means nothing for a text column"):
        load(tmp_path, place, mapping.replace('"Kunde"', '{ from = "Kunde", language = "de" }'))
