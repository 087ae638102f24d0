"""Month names of other languages than English, which dates are read in."""

from data_layer.ingest.sql import literal

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Names and abbreviations from January to December, in small letters.
MONTHS: dict[str, tuple[str, ...]] = {
    "de": (
        "januar jänner jan jän", "februar feber feb", "märz maerz mär mrz", "april apr", "mai", "juni jun", "juli jul",
        "august aug", "september sept sep", "oktober okt", "november nov", "dezember dez",
    ),
    "es": (
        "enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun", "julio jul", "agosto ago",
        "septiembre setiembre sept sep set", "octubre oct", "noviembre nov", "diciembre dic",
    ),
    "fr": (
        "janvier janv jan", "février fevrier févr fevr fév fev", "mars mar", "avril avr", "mai", "juin", "juillet juil",
        "août aout aoû", "septembre sept sep", "octobre oct", "novembre nov", "décembre decembre déc dec",
    ),
    "it": (
        "gennaio gen", "febbraio feb", "marzo mar", "aprile apr", "maggio mag", "giugno giu", "luglio lug", "agosto ago",
        "settembre sett set", "ottobre ott", "novembre nov", "dicembre dic",
    ),
    "nl": (
        "januari jan", "februari feb", "maart mrt", "april apr", "mei", "juni jun", "juli jul", "augustus aug",
        "september sept sep", "oktober okt", "november nov", "december dec",
    ),
    "pl": (
        "stycznia styczeń sty", "lutego luty lut", "marca marzec mar", "kwietnia kwiecień kwi", "maja maj",
        "czerwca czerwiec cze", "lipca lipiec lip", "sierpnia sierpień sie", "września wrzesień wrz",
        "października październik paź", "listopada listopad lis", "grudnia grudzień gru",
    ),
    "pt": (
        "janeiro jan", "fevereiro fev", "março marco mar", "abril abr", "maio mai", "junho jun", "julho jul", "agosto ago",
        "setembro set", "outubro out", "novembro nov", "dezembro dez",
    ),
}  # fmt: skip
LANGUAGES = tuple(MONTHS)


def in_english(text: str, language: str) -> str:
    """SQL of a date's text with the month in English, and as English writes it: 3. März 2024 becomes 3 Mar 2024."""
    for names, english in zip(MONTHS[language], ENGLISH, strict=True):
        # Between signs that are no letters: what the database takes for the end of a word is that of English alone.
        name = r"(?i)(^|[^\pL])(?:" + names.replace(" ", "|") + r")\.?([^\pL]|$)"
        text = _replaced(text, name, rf"\1{english}\2")
    months = f"({'|'.join(ENGLISH)})"
    before = _replaced(text, rf"(\d)(?:[./]|º|er)?\s*(?:de\s+)?{months}", r"\1 \2")
    return _replaced(before, rf"{months}(?:/|\s+del?\s)\s*", r"\1 ")


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, {literal(by)})"


def languages_of(values: list[str]) -> list[str]:
    """The languages of which every text holds the name of a month."""
    found = []
    for language, months in MONTHS.items():
        names = {name for one in months for name in one.split()}
        if all(names & set("".join(c if c.isalpha() else " " for c in value.lower()).split()) for value in values):
            found.append(language)
    return found if values else []
