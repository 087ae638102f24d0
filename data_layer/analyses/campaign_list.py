"""The campaigns that run now, with their rates so far."""

from dataclasses import dataclass
from datetime import date
from math import isnan, nan

from sqlalchemy import select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import CAMPAIGN
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query
from data_layer.semantics.result import Columns
from data_layer.semantics.run import run
from data_layer.semantics.scope import conditions, holds

RATES = ("sent", "delivered_rate", "read_rate", "reply_rate")


@dataclass(frozen=True)
class RunningCampaigns:
    """Each campaign that runs on the period's last day, over its whole life up to then; most sent first.

    Frame: ``campaign`` (id) with ``campaign__name``, ``channel``, ``started``, and the metrics of :data:`RATES`.
    A campaign that has sent nothing yet is there too, its rates unknown.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return (*RATES, "active_campaigns")

    def __call__(self, ask: Ask) -> Answer:
        day = min(ask.window.last_day, ask.data.as_of)
        missing = tuple(name for name in self.metrics if not ask.data.has(*METRICS[name].needs))
        if "active_campaigns" in missing or "sent" in missing:
            return Answer({}, ask.window, missing=tuple(dict.fromkeys(("sent", *missing))))
        running = self._running(ask, day)
        if not running["campaign"]:
            return Answer(running, ask.window)
        starts = [start or ask.data.first_day for start in running["started"]]
        life = Window(min(starts), day + DAY)
        selection = ask.selection.with_filter("campaign", running["campaign"])
        rates = run(Query(RATES, ("campaign",)), selection, ask.viewer, ask.data, life)
        places = {campaign: place for place, campaign in enumerate(rates.columns["campaign"])}
        for name in (column for rate in RATES for column in (rate, rate + N_SUFFIX)):
            unknown = 0.0 if name == "sent" or name.endswith(N_SUFFIX) else nan
            values = [rates.columns[name][places[c]] if c in places else unknown for c in running["campaign"]]
            running[name] = [unknown if isnan(value) else value for value in values]
        order = sorted(
            range(len(running["campaign"])), key=lambda row: (-running["sent"][row], running["campaign"][row])
        )
        ranked = {name: [values[row] for row in order] for name, values in running.items()}
        return Answer(ranked, life, {}, (), rates.ignored, int(sum(ranked["sent"])))

    def _running(self, ask: Ask, day: date) -> Columns:
        """The campaigns that run on that day, within the filters that a campaign can follow."""
        c = CAMPAIGN.table.c
        kept, _ = conditions(CAMPAIGN, ask.selection.conditions(), ask.viewer, ask.window, day)
        wanted = select(
            c.campaign_id.label("campaign"), c.name.label("campaign" + NAME_SUFFIX), c.channel,
            c.started_date.label("started"),
        ).where(holds(CAMPAIGN, day, ask.window), *kept)  # fmt: skip
        with ask.data.connect() as connection:
            rows = connection.execute(wanted).all()
        names = ("campaign", "campaign" + NAME_SUFFIX, "channel", "started")
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}
