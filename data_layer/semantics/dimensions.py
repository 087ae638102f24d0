"""The dimensions: what every number can be split by and filtered on.  Each is declared once, here.

A dimension reaches a fact in one of three ways.  The fact carries it itself (:attr:`Fact.own`); or a chain of keys
leads to it (:attr:`Dimension.path`); or, for filtering only, through the customers who *have* that value in another
fact (:attr:`Dimension.bridge`): AUM under ``interaction_type = Complaint`` is the AUM of the clients who complained.
"""

from dataclasses import dataclass

from sqlalchemy import Table

from data_layer.warehouse import tables as t
from data_layer.warehouse.bands import BALANCE_BANDS

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GRAINS = ("day", "week", "month", "quarter", "year")
ANY_ATTRIBUTE = "attribute"  # the values of all customer attributes, each as “NAME: value”; a client has several
SAVED = "saved"  # the dimension of saved segments: no column, but a rule that clients meet or not

AGE_BANDS = ("Under 25", "25–34", "35–44", "45–54", "55–64", "65–74", "75 and over", t.UNKNOWN)
TENURE_BANDS = ("Under 1 year", "1–2 years", "2–5 years", "5 years and over", t.UNKNOWN)
RISK_LEVELS = ("Low", "Medium", "High", t.UNKNOWN)
STATUSES = ("Active", "Too early", "Inactive", t.UNKNOWN)
EVENT_KINDS = (
    "Interaction", "Message", "Campaign", "Follow-up", "Stage change", "Enrolment", "Product given up", "Money in",
    "Money out", "Digital session",
)  # fmt: skip
MOVEMENTS = ("New", "Enrolled", "Returned", "Lost")
PRIORITIES = ("Urgent", "High", "Normal", "Medium", "Low", t.UNKNOWN)

# Where each key of a fact leads: the dimension table, and the column that is its key there.
KEYS: dict[str, tuple[Table, str]] = {
    "customer_key": (t.dim_customer, "customer_key"),
    "owner_key": (t.dim_staff, "staff_key"),
    "staff_key": (t.dim_staff, "staff_key"),
    "interaction_type_key": (t.dim_interaction_type, "interaction_type_key"),
    "product_key": (t.dim_product, "product_key"),
    "campaign_key": (t.dim_campaign, "campaign_key"),
    "template_key": (t.dim_template, "template_key"),
    "stage_key": (t.dim_stage, "stage_key"),
    "opportunity_key": (t.dim_opportunity, "opportunity_key"),
}


@dataclass(frozen=True)
class Dimension:
    """One way to slice.

    ``path``: the keys from a fact to the table that holds ``column``.  ``column``: what a filter compares and a link
    carries.  ``name_column``: what a person reads, where that is another column.  ``order``: the values in their own
    order, or () to sort by value.  ``position_column``: a column that holds the order instead.
    ``bridge``: the fact through which a customer has this value.  ``having``: that relation in words.
    ``attribute``: the name of a customer attribute, of which there are as many as the data has.
    """

    name: str
    label: str
    path: tuple[str, ...] = ()
    column: str = ""
    name_column: str | None = None
    order: tuple[str, ...] = ()
    position_column: str | None = None
    bridge: str | None = None
    having: str = ""
    grain: str | None = None  # a time bucket: one of GRAINS, "weekday" or "hour"
    attribute: str | None = None

    is_apart: bool = False  # a matter of one kind of figure alone: the others do not say that they cannot follow it

    @property
    def is_member(self) -> bool:
        """Whether each row of its table is a value of its own, as a client or a campaign is: the key says which."""
        return len(self.path) == 1 and self.column == self.path[0].removesuffix("_key") + "_id"

    @property
    def is_time(self) -> bool:
        return self.grain is not None

    @property
    def is_calendar(self) -> bool:
        """A stretch of the calendar, as a day or a month is, and a weekday is not."""
        return self.grain in GRAINS


ATTRIBUTE = "attribute."
_CUSTOMER = ("customer_key",)


def attribute_dimension(name: str) -> Dimension:
    """The dimension of a customer attribute; clients without a value are Unknown."""
    return Dimension(ATTRIBUTE + name, name, _CUSTOMER, "shown", position_column="position", attribute=name)


class Dimensions(dict[str, Dimension]):
    """The declared dimensions by name, and ``attribute.NAME`` for any customer attribute.

    Which attributes there are, the data say (:attr:`Generation.attributes`); only declared dimensions are iterated over.
    """

    def __missing__(self, name: str) -> Dimension:
        if name not in self:
            raise KeyError(name)
        return attribute_dimension(name.removeprefix(ATTRIBUTE))

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or is_attribute(name)


def is_attribute(name: object) -> bool:
    """Whether a text can be the name of an attribute's dimension; no link can carry one with a ``~``."""
    return isinstance(name, str) and name.startswith(ATTRIBUTE) and name != ATTRIBUTE and "~" not in name


def _customer(name: str, label: str, order: tuple[str, ...] = (), column: str | None = None) -> Dimension:
    return Dimension(name, label, _CUSTOMER, column or name, order=order)


DIMENSIONS = Dimensions(
    (dimension.name, dimension)
    for dimension in (
        *(Dimension(grain, grain.capitalize(), grain=grain) for grain in GRAINS),
        Dimension(
            "weekday", "Weekday", grain="weekday", order=WEEKDAYS, bridge="interaction", having="who got in touch on a"
        ),
        Dimension("hour", "Hour", grain="hour", bridge="interaction", having="who got in touch in the hour from"),
        Dimension("customer", "Client", _CUSTOMER, "customer_id", name_column="full_name"),
        _customer("segment", "Segment"),
        Dimension(SAVED, "Saved segment", having="in the saved segment"),
        _customer("state", "State"),
        _customer("country", "Country"),
        _customer("city", "City"),
        _customer("age_band", "Age", AGE_BANDS),
        _customer("tenure_band", "Tenure", TENURE_BANDS),
        Dimension("tenure_step", "Tenure, half-years", _CUSTOMER, "tenure_step", position_column="tenure_halves"),
        _customer("balance_band", "Balance", (*BALANCE_BANDS, t.UNKNOWN)),
        Dimension("cohort", "Cohort", _CUSTOMER, "cohort", name_column="cohort_name", position_column="cohort"),
        _customer("first_category", "First product"),
        Dimension(
            "movement", "Coming and going", column="movement", order=MOVEMENTS,
            bridge="client_move", having="who in this period were",
        ),
        _customer("status", "Status", STATUSES),
        _customer("acquisition_channel", "Acquisition channel"),
        _customer("attribute.label", "Label", column="label"),
        Dimension(ANY_ATTRIBUTE, "Attribute"),
        Dimension("owner", "Owner", ("customer_key", "owner_key"), "staff_id", name_column="full_name"),
        Dimension(
            "stage", "Stage", ("stage_key",), "name", position_column="position",
            bridge="stage_change", having="with an opportunity in stage",
        ),
        Dimension(
            "staff", "Staff member", ("staff_key",), "staff_id", name_column="full_name",
            bridge="interaction", having="served by",
        ),
        Dimension("team", "Team", ("staff_key",), "team", bridge="interaction", having="served by team"),
        Dimension("channel", "Channel", column="channel", bridge="interaction", having="who got in touch by"),
        Dimension(
            "interaction_type", "Interaction type", ("interaction_type_key",), "name",
            bridge="interaction", having="with an interaction of type",
        ),
        Dimension(
            "resolution_status", "Resolution", column="resolution_status",
            bridge="interaction", having="with an interaction that is",
        ),
        Dimension(
            "priority", "Priority", column="priority", order=PRIORITIES,
            bridge="followup", having="with a follow-up due of priority",
        ),
        Dimension(
            "product", "Product", ("product_key",), "product_id", name_column="name",
            bridge="enrollment", having="who hold",
        ),
        Dimension(
            "product_category", "Product category", ("product_key",), "category",
            bridge="enrollment", having="who hold a product of category",
        ),
        Dimension(
            "risk_level", "Risk", ("product_key",), "risk_level", order=RISK_LEVELS,
            bridge="enrollment", having="who hold a product of risk",
        ),
        Dimension(
            "campaign", "Campaign", ("campaign_key",), "campaign_id", name_column="name",
            bridge="campaign_recipient", having="who were sent",
        ),
        Dimension(
            "template", "Template", ("template_key",), "template_id", name_column="name",
            bridge="campaign_recipient", having="who were sent template",
        ),
        Dimension(
            "variant", "Variant", ("template_key",), "variant",
            bridge="campaign_recipient", having="who were sent variant",
        ),
        Dimension(
            "failure_reason", "Failure reason", column="failure_reason",
            bridge="campaign_try", having="who could not be reached:",
        ),
        Dimension("event_kind", "Kind of event", column="event_kind", order=EVENT_KINDS, is_apart=True),
        Dimension("device", "Device", column="device", bridge="engagement", having="with a session on"),
        Dimension("action", "Digital action", column="action", bridge="engagement", having="with the digital action"),
    )
)  # fmt: skip
