"""``docs/coverage.md`` is true: what it names exists, and nothing that was asked for is left out."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data_layer.semantics.metrics import METRICS
from layouts.registry import BY_NAME, PAGES
from layouts.tile import Tile

PROJECT = Path(__file__).parents[2]
ITEMS = {"B": 20, "C": 16, "F": 7, "D": 3, "P": 5, "K": 7}
CODES = [f"{letter}{number}" for letter, last in ITEMS.items() for number in range(1, last + 1)]
NOT_YET, EVERYWHERE = "not yet", "every page"
NAMED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One line of the page; each cell as the names that it holds."""

    code: str
    part: str
    where: str
    tiles: tuple[str, ...]
    metrics: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.code} {self.part}"

    @property
    def is_there(self) -> bool:
        return self.where != NOT_YET

    @property
    def pages(self) -> list[str]:
        return [name for name in NAMED.findall(self.where) if "/" not in name]

    @property
    def shown(self) -> list[Tile]:
        """The tiles of its pages that it names."""
        return [tile for page in self.pages for tile in BY_NAME[page].tiles if tile.name in self.tiles]


def rows() -> list[Row]:
    lines = (PROJECT / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert {len(line) for line in cells} == {6}
    return [
        Row(line[0], line[1], line[2], *(tuple(NAMED.findall(cell)) for cell in line[3:]))
        for line in cells
        if line[0] != "Code"
    ]


ROWS = rows()


@cache
def functions(file: Path) -> set[str]:
    """The tests that a file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_item_has_a_row() -> None:
    found = [row.code for row in ROWS]
    assert [code for code in CODES if code not in found] == []
    assert set(found) - set(CODES) == {"more"}


def test_no_part_has_two_rows() -> None:
    parts = [(row.code, row.part) for row in ROWS]
    assert [part for part in parts if parts.count(part) > 1] == []


def test_every_tile_stands_in_a_row() -> None:
    told = {(page, tile) for row in ROWS for page in row.pages for tile in row.tiles}
    assert [(page.name, tile.name) for page in PAGES for tile in page.tiles if (page.name, tile.name) not in told] == []


def test_every_page_stands_in_a_row() -> None:
    assert set(BY_NAME) == {page for row in ROWS for page in row.pages}


def test_every_place_exists() -> None:
    wrong = [
        (row.name, row.where)
        for row in ROWS
        if row.where not in (NOT_YET, EVERYWHERE) and not all(map(is_place, NAMED.findall(row.where) or ["nowhere"]))
    ]
    assert wrong == []


def is_place(name: str) -> bool:
    """A page, or a file of the project."""
    return name in BY_NAME or ("/" in name and (PROJECT / name).is_file())


def test_tiles_are_on_the_pages_of_their_row() -> None:
    wrong = [(row.name, row.tiles) for row in ROWS if {tile.name for tile in row.shown} != set(row.tiles)]
    wrong += [
        (row.name, row.tiles) for row in ROWS for page in row.pages if row.tiles and not names_on(page) & set(row.tiles)
    ]
    assert wrong == []


def test_metrics_are_those_of_the_tiles_of_their_row() -> None:
    wrong = {row.name: name for row in ROWS for name in row.metrics if name not in METRICS}
    for row in ROWS:
        if row.is_there and row.metrics:
            shown = [set(tile.metrics) for tile in row.shown]
            if not set(row.metrics) <= set().union(*shown) or not all(one & set(row.metrics) for one in shown):
                wrong[row.name] = ", ".join(row.metrics)
    assert wrong == {}


def test_tests_exist_and_what_is_there_has_some() -> None:
    wrong = {row.name: test for row in ROWS for test in row.tests if not exists(test)}
    wrong |= {row.name: "no test" for row in ROWS if bool(row.tests) != (row.is_there or bool(row.metrics))}
    assert wrong == {}


def test_what_is_not_there_names_no_tile() -> None:
    assert [row.name for row in ROWS if row.tiles and not row.is_there] == []


def names_on(page: str) -> set[str]:
    return {tile.name for tile in BY_NAME[page].tiles}


def exists(test: str) -> bool:
    """Whether ``unit/test_x.py::test_y`` names a test."""
    file, _, function = test.partition("::")
    path = PROJECT / "tests" / file
    return path.is_file() and function in functions(path)
