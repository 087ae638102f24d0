"""The five questions of the business, each answered in a sentence with its number and its period."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isnan
from operator import itemgetter
from typing import NamedTuple

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.plain import leaders
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import SPACE, during, during_comparison, month_in_words, short
from data_layer.semantics.metric import Unit, files_in_words
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, add_months, bucket_start
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query
from data_layer.semantics.run import Result, complete, coverage, run
from data_layer.warehouse.tables import UNKNOWN

# A success rate over fewer interactions says little about their type.
LEAST_OUTCOMES = 30
MONTHS = 12
MOST_NAMED = 3
_VERDICTS = ((0.9, "Yes"), (0.75, "Mostly"), (0.5, "Partly"), (0.0, "Mostly not"))


@dataclass(frozen=True)
class Finding:
    """A question and its answer.

    ``tile``: the tile that shows it whole.  ``known``: there is a figure.  ``clients``: the id and name of each client
    that the text names, in its order.
    """

    question: str
    text: str
    tile: str
    known: bool
    clients: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Told:
    """A text that names clients: each with id and name, in the order of the text."""

    text: str
    clients: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answers:
    """The five answers under the selection, within the rows of the viewer: staff are told of no colleague.

    Frame: ``question``, ``answer``.  Facts: ``findings`` (of :class:`Finding`), in the order of the questions.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("clients_handled", "followup_on_time_rate", "interactions", "successful_outcome_rate")

    def __call__(self, ask: Ask) -> Answer:
        findings = tuple(_found(ask, asked) for asked in _QUESTIONS)
        told = {"question": [f.question for f in findings], "answer": [f.text for f in findings]}
        # Only filters that no answer can follow: a part of the answers would otherwise speak for all.
        ignored = run(Query(("interactions",)), ask.selection, ask.viewer, ask.data, ask.window).ignored
        return Answer(told, ask.window, {"findings": findings}, (), ignored)


def _found(ask: Ask, asked: "Question") -> Finding:
    if not ask.data.has(*METRICS[asked.metric].needs):
        files = files_in_words(ask.data.lacking(*METRICS[asked.metric].needs))
        return Finding(asked.words, f"Not known yet: load {files} to answer this.", asked.tile, False)
    told = asked.tell(ask)
    if isinstance(told, Told):
        return Finding(asked.words, told.text, asked.tile, True, told.clients)
    return Finding(asked.words, told or f"{asked.otherwise} {during(ask.window)}.", asked.tile, told is not None)


def _run(ask: Ask, metrics: tuple[str, ...], by: tuple[str, ...] = (), window: Window | None = None) -> Result:
    return run(Query(metrics, by), ask.selection, ask.viewer, ask.data, window)


def busiest_staff(ask: Ask) -> str | None:
    """Who handled the most clients; oneself alone where nobody else may be named."""
    ranked = _ranked(_run(ask, ("clients_handled",), ("staff",)), "staff", "clients_handled")
    if not ranked:
        return None
    most = ranked[0].value
    when = during(ask.window)
    if ask.viewer.scope.kind == "own":
        return f"You handled {_clients(most)} {when}; colleagues' figures are not shown to you."
    first = [group.name for group in ranked if group.value == most]
    all_clients = _run(ask, ("clients_handled",)).value("clients_handled")
    share = f" of the {short(all_clients, Unit.COUNT)} who were in touch" if all_clients else ""
    if len(first) > MOST_NAMED:
        return f"{len(first)} staff members share the lead {when}, with {_clients(most)} each{share}."
    each = " each" if len(first) > 1 else ""
    return f"{_and(first)} handled the most clients {when}: {_clients(most)}{each}{share}."


def followups_on_time(ask: Ask) -> str | None:
    """The share completed on time, what was late and what is still open, against the period before."""
    names = ("followup_on_time_rate", "followups_due", "followups_late", "followups_overdue")
    now = _run(ask, names)
    rate, due = now.value("followup_on_time_rate"), now.value("followups_due")
    if rate is None or not due:
        return None
    verdict = next(word for least, word in _VERDICTS if rate >= least)
    late, overdue = (short(now.value(name), Unit.COUNT) for name in names[2:])
    text = (
        f"{verdict}: {short(rate, Unit.RATE)} of the {short(due, Unit.COUNT)} due {during(ask.window)} were completed "
        f"on time, {late} late; {overdue} are overdue"
    )
    if ask.comparison is None:
        return f"{text}."
    before = _run(ask, names[:1], window=ask.comparison).value(names[0])
    then = during_comparison(ask.comparison, ask.window)
    return f"{text}. It was {short(before, Unit.RATE)} {then}." if before is not None else f"{text}."


def busiest_months(ask: Ask) -> str | None:
    """The whole months with the most and the fewest interactions, of the last twelve that the data covers."""
    end = bucket_start(min(ask.window.last_day, ask.data.as_of) + DAY, "month")
    known = coverage(METRICS["interactions"], ask.data)
    if known is None:
        return None
    first = bucket_start(known.start, "month")
    start = max(add_months(end, -MONTHS), first if first == known.start else add_months(first, 1))
    if add_months(start, 2) > end:
        return "There are not yet two whole months to compare."
    window = Window(start, end)
    found = complete(_run(ask, ("interactions",), ("month",), window), ask.data).columns
    counts = [0.0 if isnan(count) else count for count in found["interactions"]]
    if not sum(counts):
        return None
    months = [
        (count, month) for count, month in zip(found["interactions"], found["month"], strict=True) if not isnan(count)
    ]
    mean = sum(counts) / len(months)
    most, fewest = max(months, key=itemgetter(0)), min(months, key=itemgetter(0))
    span = f"the {len(counts)} whole months to {month_in_words(found['month'][-1])}"
    if most[0] == fewest[0]:
        return f"Every month was alike in {span}: {short(mean, Unit.COUNT)} interactions."
    return (
        f"Busiest was {month_in_words(most[1])} with {short(most[0], Unit.COUNT)} interactions, "
        f"quietest {month_in_words(fewest[1])} with {short(fewest[0], Unit.COUNT)}; "
        f"{short(mean, Unit.COUNT)} a month on average in {span}."
    )


def most_engaged(ask: Ask) -> Told | str | None:
    """The clients with the most interactions."""
    found = leaders(ask, "interactions", "customer")
    ranked = _ranked(found, "customer", "interactions")
    if not ranked:
        return None
    most, mean = ranked[0].value, found.total / found.groups
    if most == 1:
        return f"No client was in touch more than once {during(ask.window)}; {found.groups:,.0f} were in touch once."
    average = f"a client who was in touch had {mean:.1f} on average"
    if found.peers > MOST_NAMED:
        each = f"with {most:,.0f} interactions each"
        return f"{found.peers:,.0f} clients share the lead {during(ask.window)}, {each}; {average}."
    named = [f"{group.name} ({group.value:,.0f})" for group in ranked[:MOST_NAMED]]
    clients = tuple((group.key, group.name) for group in ranked[:MOST_NAMED])
    return Told(f"{_and(named)}, by interactions {during(ask.window)}; {average}.", clients)


def best_types(ask: Ask) -> str | None:
    """The interaction types with the highest and the lowest success rate, of those with enough known outcomes."""
    name = "successful_outcome_rate"
    ranked = _ranked(_run(ask, (name,), ("interaction_type",)), "interaction_type", name)
    if not ranked:
        return None
    enough = [group for group in ranked if group.n >= LEAST_OUTCOMES]
    when = during(ask.window)
    if not enough:
        return f"No interaction type has {LEAST_OUTCOMES} known outcomes {when}; choose a longer period."
    best, worst = enough[0], enough[-1]
    text = f"{best.name}: {_rate(best)} of the known outcomes were successful {when}"
    if len(enough) == 1:
        return f"{text}; no other type has {LEAST_OUTCOMES} known outcomes."
    return f"{text}. Lowest was {worst.name} with {_rate(worst)}."


@dataclass(frozen=True)
class Question:
    """``tell``: the answer, None where nothing happened; ``otherwise`` says that, before the period."""

    words: str
    tile: str
    metric: str
    tell: Callable[[Ask], Told | str | None]
    otherwise: str


_QUESTIONS = (
    Question(
        "Which staff member handles the most clients?", "staff_clients", "clients_handled", busiest_staff,
        "No client was in touch",
    ),
    Question(
        "Are follow-ups completed on time?", "followup_compliance", "followup_on_time_rate", followups_on_time,
        "No follow-up fell due",
    ),
    Question(
        "Which months are busiest and quietest?", "interaction_growth", "interactions", busiest_months,
        "There were no interactions in the last 12 whole months, nor",
    ),
    Question(
        "Which clients are most engaged?", "top_clients", "interactions", most_engaged, "No client was in touch"
    ),
    Question(
        "Which interaction types lead to successful outcomes?", "type_outcomes", "successful_outcome_rate", best_types,
        "No interaction has a known outcome",
    ),
)  # fmt: skip


class Group(NamedTuple):
    """One value of a dimension: its key, what people read for it, and a metric's value and n."""

    key: str
    name: str
    value: float
    n: float


def _ranked(result: Result, dimension: str, metric: str) -> list[Group]:
    """The known groups with a value, the largest first; equal ones by name."""
    columns = result.columns
    label = dimension + NAME_SUFFIX if DIMENSIONS[dimension].name_column else dimension
    if label not in columns:
        return []
    groups = (
        Group(str(key), str(name or key), value, n)
        for key, name, value, n in zip(
            *(columns[c] for c in (dimension, label, metric, metric + N_SUFFIX)), strict=True
        )
        if key != UNKNOWN
    )
    known = [group for group in groups if not isnan(group.value) and group.n > 0]
    return sorted(known, key=lambda group: (-group.value, group.name))


def _rate(group: Group) -> str:
    return f"{short(group.value, Unit.RATE)} (n{SPACE}={SPACE}{int(group.n):,})"


def _clients(count: float) -> str:
    return f"{short(count, Unit.COUNT)} {'client' if count == 1 else 'clients'}"


def _and(names: Iterable[object]) -> str:
    parts = [str(name) for name in names]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
