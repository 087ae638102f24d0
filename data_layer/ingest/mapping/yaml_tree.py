"""YAML as the tree that TOML would give: text stays text, names are text, and nothing is there twice."""

import re
from typing import Any, ClassVar

import yaml

YAML_ENDINGS = (".yaml", ".yml")


class NotYaml(ValueError):
    """The text is no YAML, or none that says one thing."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # the library has no types
    """Only ``true``, ``false`` and numbers are more than text: a translation to ``No`` means the word, ``0:`` the text 0."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            where = f"line {key.start_mark.line + 1}"
            if not isinstance(key, yaml.ScalarNode):
                raise NotYaml(f"{where}: a name must be text")
            if key.value in found:
                raise NotYaml(f"{where}: {key.value} is there twice")
            found[key.value] = self.construct_object(value, deep=True)
        return found


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"-?[0-9]+\.[0-9]+$"), list("-0123456789"))


def parse_yaml(text: str) -> dict[str, Any]:
    """The tree of a YAML text.  NotYaml with the line where it is none, or no table at its top."""
    try:
        tree = yaml.load(text, _Loader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise NotYaml(f"{line}{error.problem or error}") from error
    except yaml.YAMLError as error:
        raise NotYaml(str(error)) from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise NotYaml("the file must begin with names such as table:")
    return tree
