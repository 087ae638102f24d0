"""One format per column, decided over all its values in all the files that are written alike, and never per row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from data_layer.ingest.errors import BadFile
from data_layer.ingest.formats import ColumnFormat, Evidence
from data_layer.ingest.sources import SourceTable, Type

POINT = ColumnFormat(decimal=".")
"""How numbers are written that the database understands by itself."""


class Unsettled(Exception):
    """The files looked at so far do not tell how a column is written; others of the same entry may."""


@dataclass
class Agreement:
    """What the files of one table of ours, read by one entry of a mapping, say of how its columns are written.

    ``files``: how many there are.  What each says is added by its number and the names of our columns; of files that
    were read in one pass nothing is known but that their dates are ISO and their numbers have no comma.
    """

    table: SourceTable
    files: int = 1
    _said: dict[int, tuple[str, Mapping[str, Evidence]]] = field(default_factory=dict)
    _used: dict[int, dict[str, ColumnFormat]] = field(default_factory=dict)

    def add(self, number: int, name: str, said: Mapping[str, Evidence]) -> None:
        """What the file of that number and name says.  BadFile where it contradicts another."""
        self._said[number] = name, said
        for column in said:
            self._refuse_contradiction(column)

    def read_quickly(self, number: int, numbers: Iterable[str]) -> None:
        """The file was read in one pass; these columns of it are numbers."""
        self._used[number] = dict.fromkeys(numbers, POINT)

    def knows(self, number: int) -> bool:
        """Whether that file was looked at."""
        return number in self._said

    @property
    def is_whole(self) -> bool:
        """Whether every file was looked at."""
        return len(self._said) == self.files

    @property
    def holds(self) -> bool:
        """Whether each file was read as it is to be read after a look at the others too."""
        return all(
            (self._decimal(column) == ",") == form.decimal_comma
            for used in self._used.values()
            for column, form in used.items()
        )

    def formats(self, number: int) -> dict[str, ColumnFormat]:
        """How each column of a file is written.

        Unsettled where other files must be looked at first, BadFile where no file tells which of two dates or numbers is
        meant.
        """
        _, said = self._said[number]
        chosen = {
            column: ColumnFormat(self._date(number, column), one.moment, self._sign(number, column))
            for column, one in said.items()
        }
        self._used[number] = chosen
        return chosen

    def notes(self, number: int) -> tuple[str, ...]:
        """What had to be assumed of a file's numbers, in sentences; what is told of an earlier file is left out."""
        if not self.knows(number):
            return ()
        name, said = self._said[number]
        earlier = [self._said[other][1] for other in range(number) if self.knows(other)]
        return tuple(
            f"{self.table.name}.{column}: numbers such as {one.either} were read with the comma between thousands, for "
            f'nothing in {name} tells. If the comma is decimal, say so: --decimal , or decimal = "," in the mapping.'
            for column, one in said.items()
            if one.either and self._decimal(column) is None and self._has_cents(column)
            if not any(column in others and others[column].either for others in earlier)
        )

    def _has_cents(self, column: str) -> bool:
        """Whether the column is of money, which has two decimals and not three."""
        return self.table.column(column).type is Type.MONEY

    def _sign(self, number: int, column: str) -> str | None:
        sign, said = self._decimal(column), self._said[number][1][column]
        either = said.either
        if sign is None and said.grouped:
            if not self.is_whole:
                raise Unsettled
            raise BadFile(
                f"{self.table.name}.{column}: amounts such as {said.grouped} can be read as {said.grouped.replace('.', '')} "
                f'or as {said.grouped}. Say what the point is: --decimal . or --decimal , or decimal = "," in the mapping.'
            )
        if sign or not either or self._has_cents(column) or self.table.column(column).type is Type.INTEGER:
            return sign
        if not self.is_whole:
            raise Unsettled
        raise BadFile(
            f"{self.table.name}.{column}: numbers such as {either} can be read as {either.replace(',', '')} or as "
            f'{either.replace(",", ".")}. Say what the comma is: --decimal , or --decimal . or decimal = "," in the mapping.'
        )

    def _date(self, number: int, column: str) -> str | None:
        one = self._said[number][1][column]
        if len(one.dates) < 2:
            return one.dates[0] if one.dates else None
        settled = [form for form in one.dates if form in self._settled_dates(column)]
        if settled or one.disputed is None:
            return (settled or one.dates)[0]
        if not self.is_whole:
            raise Unsettled
        raise BadFile(self._ambiguity(column, one))

    def _ambiguity(self, column: str, one: Evidence) -> str:
        name, forms = f"{self.table.name}.{column}", one.dates
        return (
            f"{name}: dates such as {one.disputed} can be read as {' or as '.join(map(str, forms))}. "
            f'Say which is meant: --date-format {name}={forms[0]}, or date_format = "{forms[0]}" in the mapping.'
        )

    def _settled_dates(self, column: str) -> dict[str, str]:
        """The forms that files say surely, and the first file of each; ISO is mistaken for nothing else."""
        found: dict[str, str] = {}
        for name, said in self._said.values():
            dates = said[column].dates if column in said else ()
            if len(dates) == 1 and dates[0] is not None:
                found.setdefault(dates[0], name)
        return found

    def _signs(self, column: str) -> dict[str, str]:
        """The decimal signs that files say surely, and the first file of each."""
        found: dict[str, str] = {}
        for name, said in self._said.values():
            if column in said and (sign := said[column].decimal):
                found.setdefault(sign, name)
        return found

    def _decimal(self, column: str) -> str | None:
        """The column's sign; where it does not tell, that of the other numbers, if they have one."""
        own = self._signs(column)
        signs = own or {sign for other in self.table.names for sign in self._signs(other)}
        return next(iter(signs)) if len(signs) == 1 else None

    def _refuse_contradiction(self, column: str) -> None:
        where, dates, signs = f"{self.table.name}.{column}", self._settled_dates(column), self._signs(column)
        remedy = "If both are right, give each file a [[table]] of its own in a mapping, with"
        for form, name in dates.items():
            other = _swapped(form)
            if form < other and other in dates:
                raise BadFile(
                    f"{where}: {name} writes dates like {form}, {dates[other]} like {other}. "
                    f'{remedy} date_format = "{form}" and date_format = "{other}".'
                )
        if len(signs) > 1:
            raise BadFile(
                f"{where}: {signs[',']} writes numbers with a decimal comma, {signs['.']} with a decimal point. "
                f'{remedy} decimal = "," and decimal = ".".'
            )


@dataclass(frozen=True)
class Place:
    """One file among those that are written alike."""

    agreement: Agreement
    number: int


def _swapped(form: str) -> str:
    """The form with day and month the other way round, as which the same text can be read."""
    return form.translate(str.maketrans("dm", "md"))
