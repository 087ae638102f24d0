"""The colours of the charts, in the light theme.  ``assets/theme.js`` holds the dark ones, slot by slot.

A figure names colours by these constants only, so that the browser can exchange them when the theme changes without
asking the server again.
"""

CATEGORIES = ("#1D4A9C", "#C8601F", "#2FA57A", "#CE5A9E", "#7A4BE0", "#46515D")
MUTED = "#5A6675"
LINE = "#E3E7EC"
CARD = "#FFFFFF"
TEXT = "#1B2330"
GOOD = "#1F7A4D"
WATCH = "#9A6700"
BAD = "#C0362C"
BEFORE = "#A9B3BF"  # the comparison period
BAND_WIDE = "#E6ECF6"
BAND_NARROW = "#C9D6EC"
SEQUENTIAL = ((0.0, "#F3F6FB"), (0.5, "#86A3D2"), (1.0, "#1D4A9C"))

# Fixed slots: the same category has the same colour on every page.
SLOTS: dict[str, str] = {
    "Retail": CATEGORIES[0], "Mass affluent": CATEGORIES[1], "Affluent": CATEGORIES[2], "Private": CATEGORIES[3],
    "Equity": CATEGORIES[0], "Fixed income": CATEGORIES[1], "Balanced": CATEGORIES[2], "Retirement": CATEGORIES[3],
    "Money market": CATEGORIES[4], "Alternatives": CATEGORIES[5],
    "Low": CATEGORIES[2], "Medium": CATEGORIES[0], "High": CATEGORIES[1],
}  # fmt: skip
OTHER = BEFORE


def colour(value: str, position: int) -> str:
    """The colour of a category: its fixed slot, else the next free one by its position; "Other" is grey."""
    if value.startswith("Other ("):
        return OTHER
    return SLOTS.get(value, CATEGORIES[position % len(CATEGORIES)])
