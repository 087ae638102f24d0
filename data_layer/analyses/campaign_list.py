"""The campaigns that run now, with their rates so far."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import CAMPAIGN
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query
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
        missing = tuple(name for name in self.metrics if not ask.data.has(METRICS[name].sources))
        if "active_campaigns" in missing or "sent" in missing:
            return Answer(pd.DataFrame(), ask.window, missing=tuple(dict.fromkeys(("sent", *missing))))
        running = self._running(ask, day)
        if running.empty:
            return Answer(running, ask.window)
        starts = [start if pd.notna(start) else ask.data.first_day for start in running["started"]]
        life = Window(min(starts), day + DAY)
        selection = ask.selection.with_filter("campaign", running["campaign"])
        rates = run(Query(RATES, ("campaign",)), selection, ask.viewer, ask.data, life)
        known = rates.frame.drop(columns=["campaign" + NAME_SUFFIX], errors="ignore")
        frame = running.merge(known, on="campaign", how="left")
        for name in RATES:
            frame[name + N_SUFFIX] = frame[name + N_SUFFIX].fillna(0.0)
        frame["sent"] = frame["sent"].fillna(0.0)
        frame = frame.sort_values(["sent", "campaign"], ascending=[False, True]).reset_index(drop=True)
        return Answer(frame, life, {}, (), rates.ignored, int(frame["sent"].sum()))

    def _running(self, ask: Ask, day: date) -> pd.DataFrame:
        """The campaigns that run on that day, within the filters that a campaign can follow."""
        c = CAMPAIGN.table.c
        kept, _ = conditions(CAMPAIGN, ask.selection.conditions(), ask.viewer, ask.window, day)
        wanted = select(
            c.campaign_id.label("campaign"), c.name.label("campaign" + NAME_SUFFIX), c.channel,
            c.started_date.label("started"),
        ).where(holds(CAMPAIGN, day, ask.window), *kept)  # fmt: skip
        with ask.data.connect() as connection:
            rows = [tuple(row) for row in connection.execute(wanted)]
        return pd.DataFrame(rows, columns=["campaign", "campaign" + NAME_SUFFIX, "channel", "started"])
