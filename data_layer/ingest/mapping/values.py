"""Reading the values of a mapping file by their kind."""

from typing import Any

from data_layer.ingest.mapping.keys import Key


class Values:
    """Takes values out of tables.  Problems are collected, so that all are told at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._problems: list[str] = []

    def _choice(self, given: dict[str, Any], key: str, allowed: tuple[str, ...], place: str) -> str | None:
        text = self._text(given, key, place)
        if text is not None and text not in allowed:
            self._say(place, f"{key} = {text!r} must be one of {', '.join(allowed)}")
        return text

    def _number(self, given: dict[str, Any], key: str, place: str) -> float | None:
        value = given.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            self._say(place, f"{key} must be a number")
            return None
        return None if value is None else float(value)

    def _whole(self, given: dict[str, Any], key: str, place: str, least: int) -> int | None:
        value = given.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= least):
            return value
        self._say(place, f"{key} must be a whole number from {least}")
        return None

    def _flag(self, given: dict[str, Any], key: str, place: str) -> bool:
        value = given.get(key, False)
        if not isinstance(value, bool):
            self._say(place, f"{key} must be true or false")
        return value is True

    def _text(self, given: dict[str, Any], key: str, place: str) -> str | None:
        value = given.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and key == "value":
            return str(value)
        self._say(place, f"{key} must be text in quotes")
        return None

    def _texts(self, given: dict[str, Any], key: str, place: str) -> tuple[str, ...]:
        value = given.get(key, [])
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in found):
            self._say(place, f"{key} must be text in quotes, or a list of such texts")
            return ()
        return tuple(found)

    def _words(self, given: dict[str, Any], key: str, place: str) -> dict[str, str]:
        value = given.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            self._say(place, f'{key} must be a table of texts, such as {{ "Closed Won" = "Won" }}')
            return {}
        return dict(value)

    def _known(self, given: dict[str, Any], keys: tuple[Key, ...], place: str) -> None:
        allowed = [key.name for key in keys]
        for name in given:
            if name not in allowed:
                self._say(place, f"the key {name} is unknown; there are {', '.join(allowed)}")

    def _say(self, place: str, problem: str, hint: str = "") -> None:
        self._problems.append(f"{self._name}, {place}: {problem}.{hint}")
