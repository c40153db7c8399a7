"""YAML and JSON as they may come from anyone: plain mappings, lists and texts, or faults; never code, never a bomb.

Numbers and dates stay texts, so that they are read exactly, by the kind of the fact. A key given twice is a fault.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

from tidui.codes.faults import quoted
from tidui.facts.faults import Fault, Faults

MAX_BYTES: Final = 20 * 2**20
MAX_DEPTH: Final = 20
#: So many values are not the facts of one enterprise (100 years of all facts are 8,000).
MAX_VALUES: Final = 200_000

#: More faults than this in one document are not worth listing.
MAX_FAULTS: Final = 100

_NULL_WORDS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_TAGS: Final = frozenset({None, "!"} | {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq")})


def read(path: Path) -> Any:
    """The content of a YAML or JSON file (by its suffix; without a known one, JSON if it begins with a brace).

    Mappings, lists, texts and None; from JSON also booleans and whole numbers. Raises Faults, and OSError.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    return parse(data, path.name)


def parse(data: bytes, name: str) -> Any:
    """The content of a document of this name; see `read`."""
    if len(data) > MAX_BYTES:
        raise _fault(name, f"is over {MAX_BYTES // 2**20} MB", "give the facts of one enterprise")
    text = _decoded(data, name)
    suffix = Path(name).suffix.casefold()
    if suffix == ".json" or (suffix not in (".yaml", ".yml") and text.lstrip().startswith("{")):
        return _json(text, name)
    return _yaml(text, name)


def _fault(place: str, message: str, instead: str | None = None) -> Faults:
    return Faults([Fault(place, message, instead)])


def _decoded(data: bytes, name: str) -> str:
    """UTF-8, with or without a mark, UTF-16 with one, else GB 18030."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _fault(name, "is neither UTF-8 nor GB 18030", "save it as UTF-8")


def _json(text: str, name: str) -> Any:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            seen: set[str] = set()
            twice.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    try:
        content = json.loads(text, object_pairs_hook=pairs, parse_float=str, parse_constant=str, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise _fault(f"{name}:{error.lineno}", f"is not JSON: {error.msg}") from None
    except RecursionError:
        raise _fault(name, "is nested too deeply", f"use at most {MAX_DEPTH} levels") from None
    if twice:
        raise Faults([Fault(name, f"gives the key {quoted(key)} twice", "write it once") for key in twice])
    return content


def _whole(text: str) -> int | str:
    """A whole number; a text where it is too long for one (and will be refused as a number)."""
    return int(text) if len(text) <= 40 else text


def _yaml(text: str, name: str) -> Any:
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _fault(f"{name}:{line}", f"is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise _fault(name, f"is not YAML: {quoted(str(error).partition(chr(10))[0])}") from None
    if builder.faults:
        raise Faults(builder.faults)
    return builder.content


class _Level:
    """A mapping or list that is being filled; in a mapping, the key that waits for its value."""

    def __init__(self, content: dict[Any, Any] | list[Any]) -> None:
        self.content = content
        self.key: Any = None
        self.has_key = False


class _Builder:
    """Makes plain values of YAML events, without recursion: libyaml's own composer overflows on deep nesting.

    An alias is refused where it stands, so that no bomb unfolds.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.content: Any = None
        self.faults: list[Fault] = []
        self._levels: list[_Level] = []
        self._documents = 0
        self._taken = 0

    def _complain(self, event: yaml.Event, message: str, instead: str) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        self.faults.append(Fault(f"{self.name}:{line}", message, instead))
        if len(self.faults) >= MAX_FAULTS:
            raise Faults(self.faults)

    def take(self, event: yaml.Event) -> None:
        """The next event of the document."""
        self._taken += 1
        if self._taken > MAX_VALUES:
            self._complain(event, "holds too many values", "give the facts of one enterprise")
            raise Faults(self.faults)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._complain(event, "begins a second document", "give one document")
                raise Faults(self.faults)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._put(event, self._levels.pop().content)
        elif isinstance(event, yaml.ScalarEvent):
            self._check_tag(event, event.tag)
            null = event.implicit[0] and event.value in _NULL_WORDS
            self._put(event, None if null else event.value)
        elif isinstance(event, yaml.AliasEvent):
            self._complain(event, "is an alias", "write the values out")
            self._put(event, None)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._levels) >= MAX_DEPTH:
            self._complain(event, "is nested too deeply", f"use at most {MAX_DEPTH} levels")
            raise Faults(self.faults)
        self._check_tag(event, event.tag)
        self._levels.append(_Level({} if isinstance(event, yaml.MappingStartEvent) else []))

    def _check_tag(self, event: yaml.Event, tag: str | None) -> None:
        if tag not in _PLAIN_TAGS:
            self._complain(event, f"has the tag {quoted(tag)}", "write the value without a tag")

    def _put(self, event: yaml.Event, value: Any) -> None:
        if not self._levels:
            self.content = value
            return
        level = self._levels[-1]
        if isinstance(level.content, list):
            level.content.append(value)
        elif not level.has_key:
            self._take_key(event, level, value)
        else:
            level.content[level.key] = value
            level.has_key = False

    def _take_key(self, event: yaml.Event, level: _Level, key: Any) -> None:
        if isinstance(key, dict | list):
            self._complain(event, "is not a key", "write a name before the colon")
            key = None
        elif key in level.content:
            self._complain(event, f"gives the key {quoted(key)} twice", "write it once")
        level.key, level.has_key = key, True
