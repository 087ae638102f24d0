"""The nine files of a financial company, of as many rows as wanted, written by the database in one go each."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

PRODUCTS = 25
ADVISORS = 200
DAYS = 1_095
# A customer for so many rows; the shares of what there is most of.
ROWS_OF_A_CUSTOMER = 100
SHARES = {"engagement": 0.75, "account_balances": 0.18, "service_interactions": 0.05}


def write_files(folder: Path, rows: int, last: date) -> None:
    """Write about so many rows, in the order of their keys, up to the last day.  The same rows at every call."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        customers = max(10, rows // ROWS_OF_A_CUSTOMER)
        first = last - timedelta(days=DAYS)
        for name, select in _selects(rows, customers, first).items():
            con.execute(f"COPY ({select}) TO '{folder / name}.csv' (HEADER)")


def _pick(place: str, salt: int, *values: str) -> str:
    """One of some values, by a number."""
    return f"[{', '.join(repr(value) for value in values)}][1 + {_number(place, salt, len(values))}]"


def _number(place: str, salt: int, below: int) -> str:
    return f"CAST(hash({place} + {salt}) % {below} AS BIGINT)"


def _id(letter: str, number: str) -> str:
    return f"'{letter}' || lpad(CAST({number} AS VARCHAR), 9, '0')"


def _selects(rows: int, customers: int, first: date) -> dict[str, str]:
    """The SQL of each file's rows."""
    counts = {name: round(rows * share) for name, share in SHARES.items()}
    someone = _id("C", f"1 + {_number('i', 1, customers)}")
    product = f"'P' || {_number('i', 2, PRODUCTS)}"
    return {**_small(customers, first), **_large(counts, someone, product, customers, first)}


def _small(customers: int, first: date) -> dict[str, str]:
    days = f"(DATE '{first}' + CAST(i % {DAYS} AS INTEGER))"
    return {
        "customers": f"""SELECT {_id("C", "i + 1")} AS customer_id, 'Given' || i AS first_name, 'Family' || i AS last_name,
            DATE '1950-01-01' + CAST(i % 18000 AS INTEGER) AS birth_date, {days} AS enrollment_date,
            {_pick("i", 3, "Mass", "Affluent", "Private")} AS customer_segment, 'E' || i % 50 AS employer_id,
            'person' || i || '@clientscope.example' AS email, '+1202555' || lpad(CAST(i % 10000 AS VARCHAR), 4, '0') AS phone,
            {_pick("i", 4, "Boston", "Denver", "Austin")} AS address_city, {_pick("i", 5, "MA", "CO", "TX")} AS address_state
            FROM range({customers}) t(i)""",
        "products": f"""SELECT 'P' || i AS product_id, 'Product ' || i AS product_name,
            {_pick("i", 6, "Equity", "Bond", "Cash")} AS product_category, DATE '2015-01-01' AS launch_date,
            500.00 AS min_investment, 0.5 AS annual_fee_percentage, 0.00 AS management_fee_fixed,
            'Medium' AS risk_level, true AS active_status FROM range({PRODUCTS}) t(i)""",
        "advisors": f"""SELECT 'A' || i AS advisor_id, 'Given' || i AS first_name, 'Family' || i AS last_name,
            {_pick("i", 7, "Boston", "Denver")} AS office_location, 'Associate' AS certification_level,
            i % 30 AS years_experience, 4.2 AS customer_satisfaction_avg, 100 AS clients_count FROM range({ADVISORS}) t(i)""",
        "market_data": f"""SELECT DATE '{first}' + CAST(i AS INTEGER) AS date, 4000 + i AS sp500_index, 2000 + i % 50 AS bond_index,
            3.1 AS inflation_rate, 7.25 AS prime_rate, 4.1 AS unemployment_rate FROM range({DAYS}) t(i)""",
        "retention": f"""SELECT {_id("C", "20 * i + 1")} AS customer_id, 'P' || (20 * i + 1) % {PRODUCTS} AS product_id,
            {days} AS churn_date, {_pick("i", 8, "Fees", "Life event")} AS churn_reason, i % 10 AS exit_survey_score,
            i % 9 = 0 AS recovered_flag, i % 900 AS total_customer_lifetime_value FROM range({customers // 20}) t(i)""",
    }


def _large(counts: dict[str, int], someone: str, product: str, customers: int, first: date) -> dict[str, str]:
    def moment(count: int) -> str:
        step = DAYS * 86_400 / count
        at = f"TIMESTAMP '{first}' + to_seconds(CAST(i * {step} AS BIGINT))"
        return f"strftime({at}, '%Y-%m-%dT%H:%M:%SZ') AS date"

    sessions, balances, contacts = (counts[name] for name in SHARES)
    return {
        "enrollments": f"""SELECT {_id("N", "i + 1")} AS enrollment_id, {_id("C", "i + 1")} AS customer_id,
            'P' || (i + 1) % {PRODUCTS} AS product_id, DATE '{first}' + CAST(i % {DAYS} AS INTEGER) AS enrollment_date,
            1000.00 + i % 5000 AS initial_investment, 'Monthly' AS contribution_frequency, 100.00 AS monthly_contribution,
            'A' || i % {ADVISORS} AS advisor_id, {_pick("i", 9, "Web", "Branch", "Advisor")} AS channel, 'Active' AS status
            FROM range({customers}) t(i)""",
        "account_balances": f"""SELECT {_id("B", "i + 1")} AS balance_id, {_id("C", f"1 + i % {customers}")} AS customer_id,
            'P' || (1 + i % {customers}) % {PRODUCTS} AS product_id,
            last_day(DATE '{first}' + CAST(30 * (i // {customers}) AS INTEGER)) AS date,
            CAST(1000 + {_number("i", 10, 9_000_000)} / 100 AS DECIMAL(18, 2)) AS balance,
            CASE WHEN i % 4 = 0 THEN 100.00 ELSE 0.00 END AS contributions_mtd,
            CASE WHEN i % 11 = 0 THEN 50.00 ELSE 0.00 END AS withdrawals_mtd,
            CAST(({_number("i", 11, 20_000)} - 8000) / 100 AS DECIMAL(18, 2)) AS investment_returns_mtd, 1.25 AS fees_mtd
            FROM range({balances}) t(i)""",
        "engagement": f"""SELECT {_id("G", "i + 1")} AS engagement_id, {someone} AS customer_id, {moment(sessions)},
            {_pick("i", 12, "View balance", "View performance", "Download statement", "Change details", "Log in")} AS action_type,
            {_pick("i", 13, "Mobile", "Desktop", "Tablet")} AS device_type, {_number("i", 14, 300)} / 10 AS session_duration,
            {_number("i", 15, 12)} AS pages_viewed, {_number("i", 16, 5)} AS actions_taken FROM range({sessions}) t(i)""",
        "service_interactions": f"""SELECT {_id("V", "i + 1")} AS interaction_id, {someone} AS customer_id, {moment(contacts)},
            {_pick("i", 17, "Phone", "Chat", "E-mail")} AS channel,
            {_pick("i", 18, "Login problem", "Account update", "Fees", "Statement")} AS reason_code,
            {_number("i", 19, 300)} / 10 AS duration_minutes, 1 + {_number("i", 20, 5)} AS satisfaction_score,
            {_pick("i", 21, "Resolved", "Partially Resolved", "Unresolved")} AS resolution_status,
            'A' || i % {ADVISORS} AS agent_id FROM range({contacts}) t(i)""",
    }
