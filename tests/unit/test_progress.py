"""How far a load is, in words: rows, their speed and the time left."""

import pytest

from dashapp.cli.progress import LINE_SECONDS, Lines, Progress, duration


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Kept:
    def __init__(self) -> None:
        self.shown: list[tuple[str, float, str]] = []

    def show(self, what: str, share: float, words: str) -> None:
        self.shown.append((what, round(share, 3), words))


def test_rows_their_speed_and_the_time_left() -> None:
    clock, kept = Clock(), Kept()
    progress = Progress(kept, ("Read", "Building"), clock)
    progress.step("Reading a.csv", 0, 1_000)
    clock.now = 2.0
    progress.rows(500_000, 500)
    clock.now = 4.0
    progress.rows(400_000, 400)
    progress.step("Building x", 0, 10)
    assert kept.shown == [
        ("Reading a.csv", 0.0, ""),
        ("Reading a.csv", 0.25, "500,000 rows, 250,000 a second; about 6 s left"),
        ("Reading a.csv", 0.25, "500,000 rows, 125,000 a second; about 12 s left"),
        ("Building x", 0.5, "about 4 s left"),
    ]


def test_lines_come_now_and_then_and_with_another_part(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = Lines(clock)
    lines.show("Reading a.csv", 0.1, "")
    lines.show("Reading b.csv", 0.2, "")
    clock.now = LINE_SECONDS
    lines.show("Reading c.csv", 0.3, "7 rows")
    lines.show("Building x", 0.5, "")
    assert capsys.readouterr().err.splitlines() == [
        "Reading a.csv: 10 % done",
        "Reading c.csv: 30 % done; 7 rows",
        "Building x: 50 % done",
    ]


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (99, "99 s"), (600, "10 min"), (7_260, "2 h 1 min")])
def test_a_duration_in_the_unit_that_a_person_would_say(seconds: float, words: str) -> None:
    assert duration(seconds) == words
