"""The stories planted in the demo data: what a reader of the dashboards should be able to find."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from data_layer.synthetic.scope import Scope, as_date


@dataclass(frozen=True)
class CampaignStory:
    """Variants ``template_a`` and ``template_b`` of one campaign; ``verdict``: B wins, no difference, too small."""

    campaign_id: str
    name: str
    template_a: str
    template_b: str
    verdict: str


@dataclass(frozen=True)
class TeamStory:
    """Since ``since``: slower first responses, more overdue follow-ups, lower satisfaction than the ``peers``."""

    team: str
    peers: tuple[str, ...]
    since: date
    first_response: str = "up"
    overdue_followups: str = "up"
    satisfaction: str = "down"


@dataclass(frozen=True)
class ProductStory:
    """Since ``since``: withdrawals exceed contributions and the return is below zero."""

    product_id: str
    name: str
    since: date
    net_flows: str = "negative"
    returns: str = "negative"


@dataclass(frozen=True)
class StateStory:
    """A state where ``measure`` moves in ``direction`` from ``since`` on."""

    state: str
    measure: str
    direction: str
    since: date


@dataclass(frozen=True)
class PeakStory:
    """``share`` of a channel's inbound messages on weekdays arrive from ``from_hour`` to before ``to_hour`` local."""

    channel: str
    from_hour: int
    to_hour: int
    share: float


@dataclass(frozen=True)
class HighIntentStory:
    """Contacts who replied to more than ``replies_over`` campaigns; some of their ids."""

    replies_over: int
    contacts: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class BottleneckStory:
    """Since ``since`` opportunities of ``team`` stay long in ``stage`` and more of them are lost there."""

    team: str
    stage: str
    peers: tuple[str, ...]
    since: date
    days_in_stage: str = "up"
    conversion: str = "down"


@dataclass(frozen=True)
class DemoStory:
    """Everything planted, and the rows written by table."""

    seed: int
    customers: int
    first_day: date
    last_day: date
    zone: str
    winning_campaign: CampaignStory
    even_campaign: CampaignStory
    small_campaign: CampaignStory
    running_campaigns: tuple[str, ...]
    overloaded_team: TeamStory
    losing_product: ProductStory
    churning_state: StateStory
    growing_state: StateStory
    peak: PeakStory
    high_intent: HighIntentStory
    bottleneck: BottleneckStory
    rows: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, dates in ISO form."""
        return asdict(self)


@dataclass(frozen=True)
class Plan:
    """The stories that shape the data while it is made."""

    overloaded: TeamStory
    losing: ProductStory
    churning: StateStory
    growing: StateStory
    peak: PeakStory
    bottleneck: BottleneckStory


def plan(scope: Scope, losing_id: str, losing_name: str) -> Plan:
    """The stories for a scope, dated back from its last day."""
    end = as_date(scope.last)

    def back(days: int) -> date:
        return end - timedelta(days=days)

    return Plan(
        overloaded=TeamStory("Support South", ("Support North", "Support West"), back(180)),
        losing=ProductStory(losing_id, losing_name, back(273)),
        churning=StateStory("FL", "churn", "up", back(90)),
        growing=StateStory("TX", "aum", "up", back(28)),
        peak=PeakStory("WhatsApp", 18, 21, 0.61),
        bottleneck=BottleneckStory("Sales Central", "Qualified", ("Sales East", "Sales West"), back(150)),
    )
