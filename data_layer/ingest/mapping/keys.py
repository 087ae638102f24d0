"""The vocabulary of a mapping file: every key with its kind and meaning.

The parser accepts exactly these, and the reference in ``docs/loading-your-data.md`` is written from them.
"""

from dataclasses import dataclass

from data_layer.ingest.mapping.months import LANGUAGES

DURATIONS = {"milliseconds": 1 / 60_000, "seconds": 1 / 60, "minutes": 1.0, "hours": 60.0, "days": 1440.0}
"""Minutes in one of the unit; our durations are minutes."""
UNITS = (*DURATIONS, "clock")
OTHERS = ("keep", "missing")
MATCHES = ("email", "phone")
NAMES = ("agree", "any")


@dataclass(frozen=True)
class Key:
    """One key of a mapping file.  ``kind`` is in the words of the reference."""

    name: str
    kind: str
    meaning: str


SIGN = "`,` or `.`"
TEXT, TEXTS, YES_NO, NUMBER, WORDS = "text", "text or list of texts", "true or false", "number", "table of texts"

FILE_KEYS = (
    Key("time_zone", TEXT, "The IANA zone of times that name none, such as `Europe/Paris`; the site's if left out."),
    Key("phone_country", TEXT, "The country, such as `DE`, of phone numbers that name none; the site's if left out."),
    Key("missing", TEXTS, "Words that stand for no value in every column, such as `unknown`."),
    Key("decimal", SIGN, "What stands before the fractions of all numbers; found by itself where the values tell."),
    Key("identity", "table", "Who is the same person under different ids; equal ids always are."),
    Key("table", "list of tables", "One `[[table]]` for each of our tables and each place it is filled from."),
)
TABLE_KEYS = (
    Key("to", TEXT, "Our table: a name of the list below."),
    Key("from", TEXTS, "The file names, with `*` and `?` for many files of one shape, or the tables of a database."),
    Key("columns", "table", "Our column = their column, or a table of the keys of a column."),
    Key("attributes", "table or list", "Further columns to keep as customer attributes: name = their column."),
    Key("where", "table", "Only rows in which their column has this value, or one of a list of values."),
    Key("distinct", YES_NO, "The table is one part of wider rows: rows without its key are left out, not rejected."),
    Key("key", TEXT, "`content`: the rows have no key; each gets one made of what it says, identical rows stay."),
    Key("unpivot", "table", "Make one row of each of `columns` (names, `*` for many), as `name` and `value`."),
    Key("decimal", SIGN, "The same for the numbers of this table; `,` reads 1.234,5 and `.` reads 1,234.5."),
    Key("sheet", TEXT, "The sheet of a workbook; its first if left out."),
    Key(
        "header",
        "whole number",
        "The line of the column names, where titles stand above them; what is above is not read.",
    ),
    Key("delimiter", TEXT, "The delimiter of a text file, where it is not found by itself."),
    Key("encoding", TEXT, "The encoding of a text file, where it is not found by itself."),
    Key(
        "watermark",
        TEXT,
        "In a database: their column that grows with every change; only newer rows are read, and those without.",
    ),
)
COLUMN_KEYS = (
    Key("from", TEXTS, "Their column; of several, the texts are joined."),
    Key("with", TEXT, "What stands between joined texts; a space if left out."),
    Key("value", TEXT, "The same text for every row, instead of a column."),
    Key("values", WORDS, "Translations, their value = ours, whatever the case."),
    Key(
        "others",
        "`keep` or `missing`",
        "What becomes of values that `values` does not name; they are kept if left out.",
    ),
    Key("aliases", WORDS, "Other names of the same thing, their spelling = the right one; counted in the report."),
    Key("missing", TEXTS, "Words that stand for no value in this column, such as `-1` or `999`."),
    Key("date_format", TEXT, "How dates are written, such as `%d/%m/%Y`; `excel`, `epoch` or `epoch_ms` for numbers."),
    Key(
        "language",
        f"one of `{'`, `'.join(LANGUAGES)}`",
        "The language of month names in dates, such as 3. März 2024; English if left out.",
    ),
    Key("time_zone", TEXT, "The zone of times of this column that name none."),
    Key("decimal", SIGN, "The same for this column alone."),
    Key(
        "unit",
        "one of `" + "`, `".join(UNITS) + "`",
        "The unit of their duration; ours are minutes. `clock`: 1:02:30, or 1:02 for hours and minutes; "
        "a number alone has no unit there and is rejected.",
    ),
    Key("times", NUMBER, "Multiply their numbers, such as `0.01` for cents."),
    Key(
        "plus",
        NUMBER,
        "Add to their numbers, after `times`: scores of 0 to 10 become ours of 1 to 5 with `times = 0.4` and `plus = 1`.",
    ),
    Key(
        "refers_to",
        "`table.column`",
        "Their value is the name in this column of our table; the row gets its key, unless the name is there more than "
        "once: that is counted in the report.",
    ),
)
IDENTITY_KEYS = (
    Key("match", TEXTS, "`email`, `phone` or both, the surer first: who has the same in two systems is one person."),
    Key("names", "`agree` or `any`", "`agree`, if left out: only where one name holds the words of the other."),
    Key("ignore", TEXTS, "E-mails and phones that stand for no one, besides those such as `none@…`."),
    Key("most", "whole number", "What more people than this share is ignored; 5 if left out."),
)
UNPIVOT_KEYS = (
    Key("columns", TEXTS, "The columns that become rows."),
    Key("name", TEXT, "What to call the column of their names."),
    Key("value", TEXT, "What to call the column of their values."),
)
