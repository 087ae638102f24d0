"""Selections in words, as they stand under titles."""

from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import days_in_words
from data_layer.semantics.period import COMPARISON_LABELS, PERIOD_LABELS, PeriodName, Window
from data_layer.semantics.selection import Selection


def selection_in_words(selection: Selection, window: Window, comparison: Window | None) -> str:
    """The line under a page's title: period, comparison and filters."""
    is_clicked = any(DIMENSIONS[pick.dimension].is_calendar for pick in selection.picks)
    words = [
        days_in_words(window)
        if is_clicked or selection.period is PeriodName.CUSTOM
        else f"{PERIOD_LABELS[selection.period]}: {days_in_words(window)}"
    ]
    if comparison is not None:
        words.append(f"{COMPARISON_LABELS[selection.comparison].lower()}: {days_in_words(comparison)}")
    for name, values in selection.wanted():
        words.append(f"{DIMENSIONS[name].label}: {', '.join(selection.label_of(name, value) for value in values[:3])}")
    return " · ".join(words)
