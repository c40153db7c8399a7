"""PDF made by typst: a template of ours, and what it shows as data; never a source put together from strings.

A template reads its data by `#let data = json("/data.json")`, a file that is nowhere but in the memory of one call, and
begins with the house page: `#import "/kit/typst/page.typ": page` and `#show: page.with(data)`. What is printed is PDF/A
with tags, in a Chinese font of the system, which is looked for once. A character that the font does not have is refused
and named: a paper with a hole in a name must not leave the house.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import struct
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import typst
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

#: The package's folder: templates name one another from here.
ROOT: Final = Path(__file__).resolve().parents[1]
#: Families that hold all of Chinese, the preferred first; the simplified forms of a character, not the Japanese ones.
FAMILIES: Final = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Source Han Sans", "Noto Sans SC",
    "Noto Serif CJK SC", "Source Han Serif SC",
)  # fmt: skip
#: The kinds of PDF that are tried for the archive: with tags and accessible where the content allows it.
Standard = Literal["a-2a", "a-3a"]
STANDARD: Final[Standard] = "a-2a"
#: With attachments: the same for files that carry their content along.
WITH_FILES: Final[Standard] = "a-3a"
#: Families with serifs, for papers that are framed; where there is none, those above.
SERIF: Final = ("Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", *FAMILIES)
_SHOWN_MOST: Final = 20
#: The compilers of a thread by their roots: one at a time may use a compiler.
_KEPT: Final = threading.local()


class MissingGlyph(ValueError):
    """The font has no picture of some characters; `characters` names them."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(sorted(set(characters)))
        super().__init__(self.characters)

    def __str__(self) -> str:
        named = " ".join(f"{one} (U+{ord(one):04X})" for one in self.characters[:_SHOWN_MOST])
        return _("字库没有这些字，不能打印：%(named)s。请安装更全的中文字库，或者改用通用字。") % {"named": named}


class NoFont(ValueError):
    """No Chinese font is installed."""

    def __str__(self) -> str:
        return _("系统没有中文字库，不能生成 PDF。请安装 fonts-noto-cjk（或思源黑体）后重启服务。")


@dataclass(frozen=True, slots=True)
class Font:
    """A font of the system: its family, where it lies, and which face of the file it is."""

    family: str
    path: Path
    index: int


@functools.cache
def _fonts() -> typst.Fonts:
    """What the system has, read once."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


@functools.cache
def font(families: tuple[str, ...] = FAMILIES) -> Font:
    """The Chinese font that is printed with, the first of these that is there; NoFont tells what to install."""
    regular = {
        one.family: Font(one.family, Path(one.path), one.index)
        for one in _fonts().fonts()
        if one.path and one.style == "normal" and 300 <= one.weight <= 500
    }
    for family in families:
        if family in regular:
            return regular[family]
    raise NoFont


def render(
    template: Path, data: Mapping[str, Any], *, at: dt.datetime | None = None, standard: Standard = STANDARD,
    families: tuple[str, ...] = FAMILIES,
) -> bytes:  # fmt: skip
    """The PDF of a template with this data (JSON; lazy texts and dates become text). Not to be called in a transaction.

    `at` is the moment that the file names as its making, so that the same paper printed again is the same bytes.
    Raises MissingGlyph for characters that cannot be printed, NoFont where there is no Chinese font.
    """
    chosen = font(families)
    said = json.dumps({**data, "font": chosen.family}, ensure_ascii=False, default=force_str)
    used: set[str] = set().union(*_texts(json.loads(said)))
    known = covered(chosen)
    missing = {one for one in used if ord(one) not in known and not _blank(one)}
    if missing:
        raise MissingGlyph(missing)
    root, main = _place(template)
    # Data is a file, not an input of the compiler: an input changes the library that everything is worked out with, so
    # nothing of the paper before could be used again, and the template would be read anew.
    # Files in memory are taken, though the package's own types do not say so.
    made = _compiler(root).compile(
        {"main.typ": main, "data.json": said.encode()},  # type: ignore[type-var]
        format="pdf", pdf_standards=[standard], timestamp=int(at.timestamp()) if at else None,
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def _compiler(root: Path) -> typst.Compiler:
    """The compiler of this thread for templates below a folder. It reads them again where they have changed."""
    held: dict[Path, typst.Compiler] = _KEPT.__dict__.setdefault("compilers", {})
    if root not in held:
        held[root] = typst.Compiler(root=str(root), font_paths=_fonts())
    return held[root]


@functools.lru_cache(maxsize=64)
def _place(template: Path) -> tuple[Path, bytes]:
    """The folder that a template may read from, and a source that is that template."""
    found = template.resolve()
    root = ROOT if found.is_relative_to(ROOT) else found.parent
    return root, f'#include "/{found.relative_to(root).as_posix()}"'.encode()


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value; keys are names that are not printed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from _texts(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _texts(held)


def _blank(character: str) -> bool:
    return unicodedata.category(character) in ("Zs", "Cf") or character in "\n\r\t"


@functools.cache
def covered(chosen: Font) -> frozenset[int]:
    """The code points that a font has a picture of, from its own table (OpenType `cmap`)."""
    raw = chosen.path.read_bytes()
    start = 0
    if raw[:4] == b"ttcf":
        (start,) = struct.unpack_from(">I", raw, 12 + 4 * chosen.index)
    (count,) = struct.unpack_from(">H", raw, start + 4)
    for place in range(count):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", raw, start + 12 + 16 * place)
        if tag == b"cmap":
            return frozenset(_mapped(raw, offset))
    return frozenset()


def _mapped(raw: bytes, offset: int) -> Iterator[int]:
    """The code points of a `cmap` table: its segments (format 4) and groups (format 12)."""
    (count,) = struct.unpack_from(">H", raw, offset + 2)
    for place in range(count):
        _platform, _encoding, at = struct.unpack_from(">HHI", raw, offset + 4 + 8 * place)
        (layout,) = struct.unpack_from(">H", raw, offset + at)
        if layout == 4:
            yield from _segments(raw, offset + at)
        elif layout == 12:
            (groups,) = struct.unpack_from(">I", raw, offset + at + 12)
            for group in range(groups):
                first, last, _glyph = struct.unpack_from(">III", raw, offset + at + 16 + 12 * group)
                yield from range(first, last + 1)


def _segments(raw: bytes, at: int) -> Iterator[int]:
    (double,) = struct.unpack_from(">H", raw, at + 6)
    ends, starts = at + 14, at + 16 + double
    for step in range(0, double, 2):
        (last,) = struct.unpack_from(">H", raw, ends + step)
        (first,) = struct.unpack_from(">H", raw, starts + step)
        # The closing segment holds no character.
        yield from (code for code in range(first, last + 1) if code != 0xFFFF)
