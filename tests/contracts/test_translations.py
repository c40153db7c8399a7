"""Every Chinese text of the pages stands in a translation call, and every one has its English."""

from __future__ import annotations

import ast
import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
from django.template.base import Lexer, Token, TokenType

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tidui"
#: Characters, and the marks that stand between values in a sentence.
SPOKEN = re.compile(r"[\u3400-\u9fff，。：；、（）？！]")
#: Full-width marks have no place in an English sentence.
FULL_WIDTH = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
#: On a line, or above a statement: its texts are data. Right below the docstring of a module: all its texts are.
DATA = "# tidui: data"
#: The units of money as the catalogue of facts has them: codes, shown by a translated name.
CODES = {"元", "万元"}
#: What stands in Chinese on the certificate itself, or is typed so, and so also in English.
QUOTED = re.compile("软著登字第[0-9]+号|[0-9.]+万元|(?<=write )无(?= where)")
PLACES = re.compile(r"%\((\w+)\)|(?<!\{)\{(\w*)\}(?!\})")


def load_messages() -> ModuleType:
    """scripts/messages, which is also a program."""
    loader = SourceFileLoader("messages", str(ROOT / "scripts" / "messages"))
    spec = spec_from_loader("messages", loader)
    assert spec is not None
    module = module_from_spec(spec)
    import sys

    sys.modules["messages"] = module
    loader.exec_module(module)
    return module


messages = load_messages()
APPS: list[Path] = messages.apps()
IDS = [app.name for app in APPS]
MODULES = sorted(
    path for app in [*APPS, SOURCE / "demo"] for path in app.rglob("*.py") if "migrations" not in path.parts
)
PAGES = sorted(SOURCE.rglob("templates/**/*.html"))


# --- (a) no Chinese outside a translation call -----------------------------------------------------------------------


def untranslated(source: str) -> list[str]:
    """Chinese texts of a module outside translation calls, docstrings and what is marked as data; `line: text`."""
    lines = source.splitlines()
    tree = ast.parse(source)
    first = tree.body[0] if tree.body else None
    begin = (first.end_lineno or 0) if isinstance(first, ast.Expr) else 0
    if DATA in [line.rstrip() for line in lines[begin : begin + 2]]:
        return []
    passed = {id(text) for text in [*docstrings(tree), *marked(tree), *declared(tree)]}
    exempt = data_lines(tree, lines)
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    bare = [text for text in texts if SPOKEN.search(str(text.value)) and id(text) not in passed]
    bare = [text for text in bare if text.value not in CODES and text.lineno not in exempt]
    return [f"{text.lineno}: {text.value}" for text in bare]


def data_lines(tree: ast.AST, lines: list[str]) -> set[int]:
    """The lines that are marked as data, and those of a statement below such a mark."""
    exempt = {number for number, line in enumerate(lines, 1) if DATA in line}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno > 1 and lines[node.lineno - 2].strip() == DATA:
            exempt |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return exempt


def docstrings(tree: ast.AST) -> list[ast.AST]:
    """The texts that stand as statements of their own."""
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]


def marked(tree: ast.AST) -> list[ast.AST]:
    """The texts inside calls of gettext and its kin, whatever a module calls them."""
    names = set(messages.CALLS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {one.asname or one.name for one in node.names if one.name in messages.CALLS}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = [call for call in calls if (getattr(call.func, "id", "") or getattr(call.func, "attr", "")) in names]
    return [text for call in calls for text in call.args]


def declared(tree: ast.AST) -> list[ast.AST]:
    """The texts that stand beside their English as `zh=…, en=…`, and patterns that texts are searched for."""
    found: list[ast.AST] = []
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        names = {keyword.arg for keyword in call.keywords}
        if {"zh", "en"} <= names:
            found += [text for keyword in call.keywords if keyword.arg == "zh" for text in ast.walk(keyword.value)]
        if getattr(call.func, "attr", "") == "compile":
            found += [text for argument in call.args for text in ast.walk(argument)]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_chinese_in_a_module_stands_in_a_translation_call(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"""说明"""\nx = _("企业")', []),
        ('from django.utils.translation import gettext as words\nx = words("企业")', []),
        ('x = "企业"', ["1: 企业"]),
        ('x = f"{n} 家企业"', ["1:  家企业"]),
        ('x = f"{n}：{m}"', ["1: ："]),
        ('x = text(zh=("企业", "家"), en=("enterprise", ""))', []),
        ('x = text(zh="企业")', ["1: 企业"]),
        ('x = re.compile("企业")', []),
        ('x = ["企业"]  # tidui: data', []),
        ('y = 1\n# tidui: data\nx = ["企业"]', []),
        ('y = 1\nz = "家"  # tidui: data\nx = ["企业"]', ["3: 企业"]),
        ('"""说明"""\n\n# tidui: data\ny = 1\nx = ["企业"]', []),
    ],
    ids=[
        "translated",
        "by another name",
        "bare",
        "in an f-string",
        "a mark",
        "with its English",
        "without",
        "a pattern",
        "data in a line",
        "data above",
        "data elsewhere",
        "data in a module",
    ],
)
def test_the_search_for_untranslated_texts_tells_them_apart(source: str, found: list[str]) -> None:
    assert untranslated(source) == found


def untranslated_in_template(source: str) -> list[str]:
    """Chinese words and marks of a template outside translate, blocktranslate, _() and comments."""
    found, inside = [], ""
    for token in Lexer(source).tokenize():
        word = token.contents.split()[0] if token.contents.split() else ""
        if token.token_type == TokenType.BLOCK and word in ("blocktranslate", "blocktrans", "comment"):
            inside = word
        elif token.token_type == TokenType.BLOCK and word in (f"end{inside}",):
            inside = ""
        elif not inside and FULL_WIDTH.search(bare(token, word)):
            found.append(f"{token.lineno}: {bare(token, word).strip()}")
    return found


def bare(token: Token, word: str) -> str:
    """A token's text without what is marked for translation."""
    if token.token_type == TokenType.COMMENT or word in ("translate", "trans"):
        return ""
    return re.sub(r"""_\(("[^"]*"|'[^']*')\)""", "", token.contents)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_chinese_in_a_template_stands_in_a_translation_tag(path: Path) -> None:
    assert untranslated_in_template(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "企业" %}{% badge "good" _("企业") %}{# 企业 #}', []),
        ("{% blocktranslate %}企业{% endblocktranslate %}", []),
        ("<p>企业</p>", ["1: <p>企业</p>"]),
        ('{% badge "good" "企业" %}', ['1: badge "good" "企业"']),
        ("{{ name }}：", ["1: ："]),
    ],
    ids=["translated", "in a block", "bare", "an argument", "a mark"],
)
def test_the_search_in_templates_tells_them_apart(source: str, found: list[str]) -> None:
    assert untranslated_in_template(source) == found


# --- (b) the English -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_every_text_has_its_english(app: Path) -> None:
    assert [text.singular for text in messages.wanted(app).values() if not text.done] == []


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_the_english_has_the_places_of_the_chinese_and_no_chinese_marks(app: Path) -> None:
    wrong = [text.singular for text in messages.wanted(app).values() if text.done and faults(text)]
    assert wrong == []


def faults(text: object) -> list[str]:
    """What is wrong with the English of a text."""
    singular, plural, english = text.singular, text.plural, text.english  # type: ignore[attr-defined]
    asked = [singular, plural or singular]
    found = []
    for form, one in enumerate(english):
        have, want = places(one), places(asked[form])
        if have != want and not (plural and form == 0 and have <= want):
            found.append(f"the places {sorted(have)} are not {sorted(want)}")
        if FULL_WIDTH.search(QUOTED.sub("", one)):
            found.append("it has Chinese characters or marks")
    return found


def places(text: str) -> set[str]:
    """The names of the places in a text that values are put into."""
    return {named or f"{{{plain}}}" for named, plain in PLACES.findall(text)}


@pytest.mark.parametrize(
    ("chinese", "english", "count"),
    [
        ("%(n)s 家", "%(n)s enterprises", 0),
        ("%(n)s 家", "enterprises", 1),
        ("%(n)s 家", "%(m)s enterprises", 1),
        ("{n} 家", "{n} enterprises", 0),
        ("企业", "enterprise（企业）", 1),
    ],
)
def test_a_fault_of_the_english_is_found(chinese: str, english: str, count: int) -> None:
    assert len(faults(messages.Text("", chinese, english=[english]))) == count


def test_one_text_has_one_english_in_all_apps() -> None:
    known: dict[tuple[str, str], dict[tuple[str, ...], str]] = {}
    for app in APPS:
        for key, text in messages.wanted(app).items():
            known.setdefault(key, {}).setdefault(tuple(dict.fromkeys(text.english)), app.name)
    assert {key[1]: ways for key, ways in known.items() if len(ways) > 1} == {}


# --- (c) the files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_the_files_of_texts_are_what_the_code_asks_for(app: Path) -> None:
    texts = messages.wanted(app)
    folder = app / "locale" / "en" / "LC_MESSAGES"
    if not texts:
        assert not folder.exists()
        return
    assert (folder / "django.po").read_text(encoding="utf-8") == messages.po(texts), "run scripts/messages"
    assert (folder / "django.mo").read_bytes() == messages.mo(texts), "run scripts/messages"


def test_a_compiled_text_is_read_back_by_gettext(tmp_path: Path) -> None:
    import gettext

    texts = [
        messages.Text("", "企业", english=["enterprise"]),
        messages.Text("unit", "家", english=["firms"]),
        messages.Text("", "%(n)d 家", "%(n)d 家", ["%(n)d firm", "%(n)d firms"]),
        messages.Text("", "还没有", english=[""]),
    ]
    (tmp_path / "django.mo").write_bytes(messages.mo({text.key: text for text in texts}))
    with (tmp_path / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert catalogue.gettext("企业") == "enterprise"
    assert catalogue.pgettext("unit", "家") == "firms"
    assert [catalogue.ngettext("%(n)d 家", "%(n)d 家", n) for n in (1, 2)] == ["%(n)d firm", "%(n)d firms"]
    assert catalogue.gettext("还没有") == "还没有"


def test_a_file_of_texts_is_read_as_it_was_written(tmp_path: Path) -> None:
    texts = [
        messages.Text("", '说"是"\n\t\\', english=['say "yes"\n\t\\']),
        messages.Text("unit", "%(n)d 家", "%(n)d 家", ["%(n)d firm", "%(n)d firms"]),
    ]
    known = {text.key: text for text in texts}
    (tmp_path / "django.po").write_text(messages.po(known), encoding="utf-8")
    assert messages.read(tmp_path / "django.po") == known
