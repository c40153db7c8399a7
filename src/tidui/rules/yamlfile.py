"""YAML with its line numbers, exact decimals, and no surprises: no tags, no aliases, no duplicate keys."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import yaml

from tidui.rules.errors import PolicyError, Problem

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 30
_HARMLESS_DEPTH: Final = 2_000
#: Longer numbers, and larger powers of ten, are none that anybody means; to write 1e999999999 out would take for ever.
MAX_NUMBER: Final = 60
_POWER: Final = re.compile(r"[+-]?[0-9]{1,2}")


class Mapping(dict[str, Any]):
    """A YAML mapping that remembers its line and those of its keys (counted from 1)."""

    line: int = 1
    lines: dict[str, int]


class Sequence(list[Any]):
    """A YAML sequence that remembers its line and those of its items (counted from 1)."""

    line: int = 1
    lines: list[int]


def load(path: Path, name: str | None = None) -> Any:
    """The content of a YAML file; PolicyError with the line of what cannot be read.

    Numbers with a point become exact fractions. `name` is how messages call the file.
    """
    called = name or str(path)
    return loads(content_of(path, called), called)


def content_of(path: Path, name: str) -> bytes:
    """The bytes of a file; PolicyError where it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise PolicyError([Problem(name, 1, "", f"cannot be opened: {error.strerror}")]) from None


def loads(data: bytes, name: str) -> Any:
    """The same for bytes already read."""
    if len(data) > MAX_BYTES:
        raise PolicyError([Problem(name, 1, "", f"the file has {len(data)} bytes; the limit is {MAX_BYTES}")])
    try:
        text = data.decode("utf-8-sig")
        _refuse_deep_nesting(text, name)
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return None if root is None else _Constructor(name, loader).build(root, 0)
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise PolicyError([Problem(name, 1, "", f"is not UTF-8 (byte {error.start})")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        raise PolicyError([Problem(name, mark.line + 1 if mark else 1, "", f"is not YAML: {said}")]) from None
    except (RecursionError, ValueError) as error:
        raise PolicyError([Problem(name, 1, "", f"cannot be read: {error}")]) from None


def _refuse_deep_nesting(text: str, name: str) -> None:
    """Count the depth by events, which need no recursion: libyaml's composer crashes on very deep nesting.

    Only where the text has enough brackets, or a line long enough, for a depth that could do harm.
    """
    longest = max(map(len, text.splitlines()), default=0)
    if text.count("[") + text.count("{") + 2 * longest < _HARMLESS_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH + 1:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise PolicyError([Problem(name, line, "", f"is nested more than {MAX_DEPTH} deep")])


class _Constructor:
    def __init__(self, name: str, loader: Any) -> None:
        self.name, self.loader = name, loader
        self.seen: set[int] = set()

    def fail(self, node: Any, message: str) -> PolicyError:
        return PolicyError([Problem(self.name, node.start_mark.line + 1, "", message)])

    def build(self, node: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self.fail(node, f"is nested more than {MAX_DEPTH} deep")
        if id(node) in self.seen and not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, "aliases (*name) are not allowed")
        self.seen.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:"):
            raise self.fail(node, f"the tag {node.tag} is not allowed")
        if isinstance(node, yaml.CollectionNode) and node.tag.rpartition(":")[2] not in ("map", "seq"):
            raise self.fail(node, f"the tag {node.tag} is not allowed")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            items = Sequence(self.build(child, depth + 1) for child in node.value)
            items.line = node.start_mark.line + 1
            items.lines = [child.start_mark.line + 1 for child in node.value]
            return items
        return self.scalar(node)

    def mapping(self, node: Any, depth: int) -> Mapping:
        result = Mapping()
        result.line = node.start_mark.line + 1
        result.lines = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.fail(key_node, "a key must be a plain text")
            key = self.build(key_node, depth + 1)
            if isinstance(key, bool) or key is None:
                key = key_node.value
            if key in result:
                raise self.fail(key_node, f"the key {key!r} stands twice")
            result.lines[key] = key_node.start_mark.line + 1
            result[key] = self.build(value_node, depth + 1)
        return result

    def scalar(self, node: Any) -> Any:
        tag = node.tag.rpartition(":")[2]
        text = node.value
        if tag == "null":
            return None
        if tag == "bool":  # YAML 1.1 also reads `on`, `no` and `yes` as truth values; here they are words
            return {"true": True, "false": False}.get(text.lower(), text)
        if tag == "int":
            return _whole(text)
        if tag == "float":
            number = exact(text)
            return text if number is None else number
        if tag == "timestamp":
            try:
                return dt.date.fromisoformat(text)
            except ValueError:
                return text
        if tag == "str":
            return text
        raise self.fail(node, f"the tag {node.tag} is not allowed")


def exact(text: str) -> Fraction | None:
    """The exact number that a text writes, such as 0.8, 1.5e6 or 22/3; None where it writes none, or one too long."""
    plain = text.strip().replace("_", "")
    _, marked, power = plain.lower().partition("e")
    if len(plain) > MAX_NUMBER or (marked and not _POWER.fullmatch(power)):
        return None
    try:
        return Fraction(plain)
    except (ValueError, ZeroDivisionError):
        return None


def _whole(text: str) -> int | str:
    plain = text.replace("_", "")
    return int(plain) if plain.lstrip("+-").isdigit() and len(plain) <= 30 else text
