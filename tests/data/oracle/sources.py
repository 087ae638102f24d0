"""Source files as pandas reads them: typed, one row per key, moments with their local day and hour."""

from pathlib import Path

import numpy as np
import pandas as pd

from data_layer.ingest.sources import BY_NAME, SourceTable, Type

YES = {"true", "yes", "1", "y", "t", "active", "on"}


def read(folder: Path, name: str, zone: str) -> pd.DataFrame:
    """One source table; without rows where the folder has no such file.

    A column ``x`` of moments gets the companions ``x_day`` (local midnight) and ``x_hour`` (NaN for a bare date); ``x``
    itself is the moment in UTC.  Money is in whole cents.  Of rows with one key the last stays; ``row`` is its place.
    """
    table = BY_NAME[name]
    path = folder / f"{name}.csv"
    names = [column.name for column in table.columns]
    raw = pd.read_csv(path, dtype=str) if path.exists() else pd.DataFrame(columns=names, dtype=str)
    raw = raw.reindex(columns=names).astype(object).where(lambda frame: frame.notna(), None)
    raw = raw.drop_duplicates(subset=list(table.key), keep="last")
    return _typed(raw, table, zone).assign(row=np.arange(len(raw))).reset_index(drop=True)


def _typed(raw: pd.DataFrame, table: SourceTable, zone: str) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        text = raw[column.name]
        if column.type is Type.MOMENT:
            columns |= moments(text, column.name, zone)
        elif column.type is Type.DATE:
            columns[column.name] = pd.to_datetime(text).astype("datetime64[us]")
        elif column.type is Type.FLAG:
            columns[column.name] = text.map(lambda value: None if value is None else value.lower() in YES)
        elif column.type is Type.MONEY:
            columns[column.name] = (pd.to_numeric(text).astype(float) * 100).round()
        elif column.type is Type.TEXT:
            columns[column.name] = text
        else:
            columns[column.name] = pd.to_numeric(text).astype(float)
    return pd.DataFrame(columns)


def moments(text: pd.Series, name: str, zone: str) -> dict[str, pd.Series]:
    """The moment in UTC without zone (NaT for a bare date), its local day and its local hour."""
    has_time = text.map(lambda value: value is not None and len(value) > 10)
    has_zone = has_time & text.fillna("").str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    whole = pd.to_datetime(text.where(has_zone), utc=True, format="ISO8601")
    local = pd.to_datetime(text.where(has_time & ~has_zone), format="ISO8601")
    known = whole.fillna(local.dt.tz_localize(zone).dt.tz_convert("UTC"))
    there = known.dt.tz_convert(zone).dt.tz_localize(None)
    bare = pd.to_datetime(text.where(text.notna() & ~has_time))
    return {
        name: known.dt.tz_localize(None).astype("datetime64[us]"),
        f"{name}_day": there.dt.normalize().fillna(bare).astype("datetime64[us]"),
        f"{name}_hour": there.dt.hour,
    }
