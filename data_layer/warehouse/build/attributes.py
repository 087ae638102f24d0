"""Customer attributes: what a mapping, or ``customer_attributes.csv``, keeps of clients besides our columns."""

from itertools import pairwise

from data_layer.warehouse.build.context import Build

# A number with more different values than this is shown in bands.
MOST_NUMBERS = 12
BANDS = 5
YEARS = (1800, 2200)


def build_attributes(build: Build) -> None:
    """customer_attribute and dim_attribute; only of clients that are known, one value per person and name.

    Of a person with several ids the id that the person keeps speaks first.  Text is shown as it is; a number with many
    values in bands of about equally many clients.  Who has no value, or an unknown one, is Unknown.
    """
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE t_attribute AS
        SELECT c.customer_key, replace(a.name, '~', '-') AS name, a.value, TRY_CAST(a.value AS DOUBLE) AS number
        FROM s_customer_attributes a JOIN k_customer c USING (customer_id) WHERE lower(a.value) <> 'unknown'
        QUALIFY row_number() OVER (PARTITION BY c.customer_key, replace(a.name, '~', '-')
            ORDER BY c.is_merged_away, a.customer_id, a.name) = 1
        """
    )
    _find_bands(build)
    build.fill(
        "customer_attribute",
        """
        WITH shown AS (
            SELECT a.*, coalesce(b.label, a.value) AS shown, b.place FROM t_attribute a LEFT JOIN t_band b
                ON b.name = a.name AND a.number >= b.low AND a.number < b.high),
        different AS (
            SELECT name, shown, min(place) AS place, min(number) AS number FROM shown GROUP BY name, shown),
        placed AS (
            SELECT name, shown, row_number() OVER (PARTITION BY name ORDER BY place, number NULLS LAST, shown) AS position
            FROM different)
        SELECT customer_key, name, value, shown, position FROM shown JOIN placed USING (name, shown)
        ORDER BY name, position, customer_key
        """,
    )
    build.fill(
        "dim_attribute",
        """
        SELECT a.name, CASE WHEN bool_or(b.name IS NOT NULL) THEN 'band' WHEN count(n.number) = count(*) THEN 'number'
                ELSE 'text' END AS kind,
            count(*) AS clients, count(DISTINCT a.value) AS values, count(DISTINCT a.shown) AS shown
        FROM main.customer_attribute a JOIN t_attribute n USING (customer_key, name)
            LEFT JOIN (SELECT DISTINCT name FROM t_band) b ON b.name = a.name
        GROUP BY a.name ORDER BY a.name
        """,
    )


def _find_bands(build: Build) -> None:
    """``t_band``: per number with many values its bands ``low <= number < high``, in their order."""
    build.run(
        "CREATE OR REPLACE TEMP TABLE t_band (name VARCHAR, place INTEGER, low DOUBLE, high DOUBLE, label VARCHAR)"
    )
    parts = ", ".join(str(part / BANDS) for part in range(1, BANDS))
    rows = build.con.execute(
        f"""
        SELECT name, quantile_disc(number, [{parts}]), quantile_disc(DISTINCT number, [{parts}]),
            min(number), max(number), bool_and(number = round(number))
        FROM t_attribute GROUP BY name
        HAVING count(number) = count(*) AND bool_and(isfinite(number)) AND count(DISTINCT number) > {MOST_NUMBERS}
        """
    ).fetchall()
    for name, by_clients, by_values, low, high, is_whole in rows:
        # Where most clients have one value, such as 0, bands of equally many clients are none.
        is_year = is_whole and low >= YEARS[0] and high <= YEARS[1]
        edges = max(round_edges(by_clients, low, high), round_edges(by_values, low, high), key=len)
        for place, (label, start, end) in enumerate(bands(edges, is_whole, is_year)):
            build.run("INSERT INTO t_band VALUES (?, ?, ?, ?, ?)", [name, place, start, end, label])


def round_edges(quantiles: list[float], low: float, high: float) -> list[float]:
    """Where the bands of a number meet: its quantiles, as round as the nearest two of them allow, inside its range."""
    gaps = [after - before for before, after in pairwise(sorted({low, *quantiles, high}))]
    step = _round_step(min(gaps))
    edges = sorted({round(round(value / step) * step, 10) for value in quantiles})
    return [edge for edge in edges if low < edge <= high]


def _round_step(gap: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50, … (or 0.5, 0.2, …) that is no larger than a gap."""
    power = 10.0
    while power > gap:
        power /= 10
    while power * 10 <= gap:
        power *= 10
    return max(step * power for step in (1, 2, 5) if step * power <= gap or step == 1)


def bands(edges: list[float], is_whole: bool, is_year: bool) -> list[tuple[str, float, float]]:
    """Label, start and end of each band; the first and the last are open.  Years have no thousands separator."""

    def written(number: float) -> str:
        return (f"{number:.6f}" if is_year else f"{number:,.6f}").rstrip("0").rstrip(".")

    if not edges:
        return []
    inner = [
        (f"{written(low)}–{written(high - 1)}" if is_whole else f"{written(low)} to under {written(high)}", low, high)
        for low, high in pairwise(edges)
    ]
    infinite = float("inf")
    first, last = (
        (f"Under {written(edges[0])}", -infinite, edges[0]),
        (f"{written(edges[-1])} and over", edges[-1], infinite),
    )
    return [first, *inner, last]
