"""Bands of amounts, each declared once for the build that sorts clients into them and the dimension that orders them."""

# Steps of 1, 2 and 5, so that a band is about as wide as the next on a scale of powers of ten.
BALANCE_EDGES: tuple[tuple[float, str], ...] = (
    (0, "Below 0"), (1e3, "Under 1 k"), (2e3, "1–2 k"), (5e3, "2–5 k"), (1e4, "5–10 k"), (2e4, "10–20 k"),
    (5e4, "20–50 k"), (1e5, "50–100 k"), (2e5, "100–200 k"), (5e5, "200–500 k"), (1e6, "500 k–1 M"), (2e6, "1–2 M"),
    (5e6, "2–5 M"), (1e7, "5–10 M"), (2e7, "10–20 M"), (5e7, "20–50 M"),
)  # fmt: skip
BALANCE_TOP = "50 M and over"
NO_BALANCE = "No balance"
BALANCE_BANDS: tuple[str, ...] = (*(label for _, label in BALANCE_EDGES), BALANCE_TOP, NO_BALANCE)

NOT_ENROLLED = "Not enrolled"
NO_PRODUCT = "No product"
