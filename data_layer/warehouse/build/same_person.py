"""Who is the same person under different ids, where the load asks to match e-mails or phones across systems.

An id is a system's own word for one person, so two ids of one system are never merged: what says they are the same is a
contradiction, and is listed with the ids instead.  So is a match of people whose names disagree.  What many people share,
and what is written in the place of an address, says nothing and is ignored, and listed too.
"""

from data_layer.ingest.sql import counted, literal
from data_layer.warehouse.build.context import Build
from data_layer.warehouse.build.phones import collect_phones, home_country

EMAIL, PHONE = "email", "phone"
WORDS = {EMAIL: "e-mail", PHONE: "phone"}
# What forms hold where people would not say: the part before the @.
NO_ADDRESS = (
    "none", "no", "nomail", "no-mail", "noemail", "no-email", "unknown", "na", "n.a", "null", "nobody", "noreply", "no-reply",
    "donotreply", "test", "x", "xx", "xxx", "abc", "example", "email", "mail",
)  # fmt: skip
_PEOPLE = """
    SELECT customer_id AS id, 1 AS source, concat_ws(' ', first_name, last_name) AS name, email, phone,
        {home} AS home FROM s_customers
    UNION ALL SELECT client_id, 2, full_name, email, phone, {elsewhere} FROM s_clients
    UNION ALL SELECT contact_id, 3, full_name, email, phone, {elsewhere} FROM s_contacts
"""


def match_people(build: Build) -> None:
    """``t_person`` (own_key, customer_key): whom each key of ``k_id`` is counted as; identity_match says why."""
    build.run("CREATE OR REPLACE TEMP TABLE t_person AS SELECT own_key, own_key AS customer_key FROM k_id")
    build.run("CREATE OR REPLACE TEMP TABLE t_verdict (kind VARCHAR, value VARCHAR, why VARCHAR)")
    if not build.identity.match:
        return
    _create_macros(build)
    if PHONE in build.identity.match:
        collect_phones(build, f"SELECT phone, home FROM ({_people(build)})")
    for kind in build.identity.match:
        _collect_holders(build, kind)
        _judge(build, kind)
        _join_groups(build, kind)
    _choose_who_stays(build)
    _list_matches(build)


def _people(build: Build) -> str:
    return _PEOPLE.format(home=home_country(build, "address_state"), elsewhere=home_country(build))


def _create_macros(build: Build) -> None:
    """Names agree where one holds all words of the other; an initial stands for a word."""
    build.run(
        r"""
        CREATE OR REPLACE TEMP MACRO name_words(name) AS list_filter(
            regexp_split_to_array(lower(strip_accents(name)), '[^\p{L}\p{N}]+'), lambda w: w <> '')
        """
    )
    build.run(
        """
        CREATE OR REPLACE TEMP MACRO holds_words(many, few) AS len(list_filter(few, lambda w: NOT (list_contains(many, w)
            OR (length(w) = 1 AND len(list_filter(many, lambda v: starts_with(v, w))) > 0)))) = 0
        """
    )
    build.run(
        """
        CREATE OR REPLACE TEMP MACRO names_agree(a, b) AS
            coalesce(holds_words(name_words(a), name_words(b)) OR holds_words(name_words(b), name_words(a)), true)
        """
    )


def _collect_holders(build: Build, kind: str) -> None:
    """``t_holder`` (value, own_key, customer_key, name): who has which address, of those that more than one person has."""
    if kind == EMAIL:
        value = "CASE WHEN regexp_full_match(trim(email), '[^@\\s]+@[^@\\s]+\\.[^@\\s]+') THEN lower(trim(email)) END"
        found = f"SELECT id, name, {value} AS value FROM ({_people(build)})"
    else:
        value = "t.e164 || coalesce(' x' || t.extension, '')"
        found = f"SELECT id, name, {value} AS value FROM ({_people(build)}) p JOIN t_phone t USING (phone, home)"
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_holder AS
        SELECT f.value, k.own_key, p.customer_key, k.id, f.name
        FROM ({found}) f JOIN k_id k USING (id) JOIN t_person p USING (own_key) WHERE f.value IS NOT NULL
        QUALIFY min(p.customer_key) OVER (PARTITION BY f.value) <> max(p.customer_key) OVER (PARTITION BY f.value)
        """
    )


def _judge(build: Build, kind: str) -> None:
    """``t_verdict``: why an address is no match; of the reasons the first."""
    words = ", ".join(literal(word) for word in NO_ADDRESS)
    ignored = ", ".join(literal(value.strip().lower()) for value in build.identity.ignore) or "NULL"
    names = "true" if build.identity.any_name else "names_agree(a.name, b.name)"
    build.run(
        f"""
        INSERT INTO t_verdict
        WITH shared AS (SELECT value, count(DISTINCT customer_key) AS people FROM t_holder GROUP BY value),
        systems AS (
            SELECT h.value, s.source, count(DISTINCT h.customer_key) AS people
            FROM (SELECT DISTINCT value, customer_key FROM t_holder) h JOIN t_person p USING (customer_key)
                JOIN k_id_source s USING (own_key) GROUP BY ALL),
        doubted AS (
            SELECT value, CASE
                WHEN lower(value) IN ({ignored}) THEN 'ignored: the mapping says so'
                WHEN split_part(value, '@', 1) IN ({words}) THEN 'ignored: no address, but words in its place'
                WHEN people > {build.identity.most} THEN 'ignored: shared by ' || people || ' people' END AS why
            FROM shared
            UNION ALL SELECT value, 'conflict: ' || people || ' people of one system' FROM systems WHERE people > 1
            UNION ALL SELECT a.value, 'conflict: the names differ' FROM t_holder a JOIN t_holder b USING (value)
                JOIN shared s USING (value)
            WHERE a.own_key < b.own_key AND s.people <= {build.identity.most} AND NOT {names})
        SELECT {literal(kind)}, value, max(why) FROM doubted WHERE why IS NOT NULL GROUP BY value
        """
    )


def _join_groups(build: Build, kind: str) -> None:
    """Let everyone who shares an address that is not doubted be one person; chains that join two of one system are not."""
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_edge AS
        SELECT DISTINCT value, customer_key FROM t_holder
        WHERE value NOT IN (SELECT value FROM t_verdict WHERE kind = {literal(kind)})
        """
    )
    build.run("CREATE OR REPLACE TEMP TABLE t_label AS SELECT DISTINCT customer_key, customer_key AS label FROM t_edge")
    while True:
        build.run(
            """
            CREATE OR REPLACE TEMP TABLE t_next AS
            WITH least_of AS (SELECT value, min(label) AS label FROM t_edge JOIN t_label USING (customer_key) GROUP BY value)
            SELECT customer_key, min(label) AS label FROM t_edge JOIN least_of USING (value) GROUP BY customer_key
            """
        )
        moved = build.count(
            "SELECT count(*) FROM t_next n JOIN t_label l USING (customer_key) WHERE n.label <> l.label"
        )
        build.run("CREATE OR REPLACE TEMP TABLE t_label AS SELECT * FROM t_next")
        if not moved:
            break
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE t_torn AS
        SELECT DISTINCT label FROM t_label JOIN t_person USING (customer_key) JOIN k_id_source USING (own_key)
        GROUP BY label, source HAVING count(DISTINCT own_key) > 1
        """
    )
    build.run(
        f"""
        INSERT INTO t_verdict SELECT DISTINCT {literal(kind)}, value, 'conflict: joined to others, it is two people of one system'
        FROM t_edge JOIN t_label USING (customer_key) WHERE label IN (FROM t_torn)
        """
    )
    build.run(
        """
        UPDATE t_person SET customer_key = l.label FROM t_label l
        WHERE t_person.customer_key = l.customer_key AND l.label NOT IN (FROM t_torn)
        """
    )
    build.run(f"CREATE OR REPLACE TEMP TABLE t_held_{kind} AS SELECT * FROM t_holder")


def _choose_who_stays(build: Build) -> None:
    """The id of the financial system stays, else that of clients, else that of contacts; of two the smaller."""
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE t_person AS
        SELECT p.own_key, first(p.own_key) OVER (PARTITION BY p.customer_key ORDER BY s.source, p.own_key) AS customer_key
        FROM t_person p JOIN (SELECT own_key, min(source) AS source FROM k_id_source GROUP BY 1) s USING (own_key)
        """
    )


def _list_matches(build: Build) -> None:
    """identity_match: a row per id that was merged away, and one per address that was doubted."""
    held = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {place} AS place, * FROM t_held_{kind}"
        for place, kind in enumerate(build.identity.match)
    )
    build.fill(
        "identity_match",
        f"""
        WITH held AS ({held}),
        good AS (SELECT h.* FROM held h ANTI JOIN t_verdict v USING (kind, value)),
        reason AS (
            SELECT own_key, arg_min(kind, (place, value)) AS kind, arg_min(value, (place, value)) AS value
            FROM good GROUP BY own_key)
        SELECT 'merged' AS outcome, r.kind AS matched_by, r.value, k.id AS customer_id, m.id AS ids, 2 AS people,
            'the same ' || CASE r.kind WHEN 'email' THEN 'e-mail' ELSE 'phone' END AS why
        FROM t_person p JOIN k_id m USING (own_key) JOIN k_id k ON k.own_key = p.customer_key
            JOIN reason r ON r.own_key = p.own_key
        WHERE p.own_key <> p.customer_key
        UNION ALL
        SELECT split_part(v.why, ': ', 1), v.kind, v.value, NULL,
            array_to_string(list_sort(list(DISTINCT h.id))[:20], ', '), count(DISTINCT h.id), split_part(v.why, ': ', 2)
        FROM t_verdict v JOIN held h USING (kind, value) GROUP BY ALL
        ORDER BY outcome DESC, matched_by, value, ids
        """,
    )
    rows = build.con.execute("SELECT outcome, count(*) FROM main.identity_match GROUP BY 1").fetchall()
    found = dict(rows)
    build.warnings.append(
        f"Matched by {' and '.join(WORDS[kind] for kind in build.identity.match)}: "
        f"{counted(found.get('merged', 0), 'client')} merged into others, "
        f"{counted(found.get('conflict', 0), 'match', 'matches')} left apart for contradictions, "
        f"{counted(found.get('ignored', 0), 'shared address', 'shared addresses')} ignored; dashapp identity lists them."
    )
