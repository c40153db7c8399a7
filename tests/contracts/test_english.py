"""The English of the pages: what stands at the head of something begins with a capital.

One Chinese text is both the name of a thing inside a sentence (`a batch`) and the head of a column (`Batch`). Its
English is written small, and whatever draws a head makes it large: `formats.heading`, in a template the filter of that
name.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils.translation import gettext as said
from django.utils.translation import override, pgettext
from tests.contracts.test_translations import PAGES, SOURCE

from tidui.kit import exports, lists, navigation

#: Where a text begins a head: right behind the tag (and its picture), as the name of a stacked cell, as the title.
HEAD = re.compile(
    r"""(?:<(?:th|dt|h[1-6]|label|legend|summary|caption|figcaption|button|option)\b(?:[^<>{]|\{[{%][^}]*[}%]\})*>\s*
    (?:\{%\s*icon\ [^%]*%\}\s*)?|data-label="|\{%\ block\ title\ %\})
    \{%\ translate\ (?P<quote>["'])(?P<text>.*?)(?P=quote)(?:\ context\ (?P<mark>["'])(?P<context>\w+)(?P=mark))?\ %\}""",
    re.VERBOSE,
)


def small_heads(source: str) -> list[str]:
    """The English heads of a template that would begin with a small letter."""
    with override("en"):
        found = [
            pgettext(one["context"], one["text"]) if one["context"] else said(one["text"])
            for one in HEAD.finditer(source)
        ]
    return [text for text in found if text[:1].islower()]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_head_in_a_template_begins_with_a_capital(path: Path) -> None:
    assert small_heads(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<th scope="col">{% translate "批次" %}</th>', ["batch"]),
        ('<th scope="col"{% if one %} class="num"{% endif %}>{% translate "批次" %}</th>', ["batch"]),
        ("<td data-label=\"{% translate '批次' %}\">", ["batch"]),
        ('<summary>{% icon "x" %}{% translate "批次" %}</summary>', ["batch"]),
        ("{% block title %}{% translate '批次' %}{% endblock %}", ["batch"]),
        ('<dt>{% translate "批次"|heading %}</dt>', []),
        ('<dt>{% translate "批次" context "many" %}</dt>', []),
        ('<p>{% translate "批次" %}</p>', []),
    ],
)
def test_the_search_for_small_heads_tells_them_apart(source: str, found: list[str]) -> None:
    assert small_heads(source) == found


@pytest.mark.parametrize(
    "source",
    [
        '{% card _("批次") %}{% endcard %}', '{% more _("批次") %}{% endmore %}', '{% menu _("批次") %}{% endmenu %}',
        '{% notice "info" title=_("批次") %}{% endnotice %}', '{% table _("批次") %}{% endtable %}',
        '{% badge "good" _("批次") %}', '{% button _("批次") "/" %}', '{% submit _("批次") %}', '{% crumb _("批次") %}',
        '{% stat _("批次") 3 %}', '{% empty_state _("批次") %}', '{% alert "info" "text" title=_("批次") %}',
        '{% translate "批次" as one %}{% tabs rows %}', '{% facts_table facts %}', '{% timeline events %}',
    ],
)  # fmt: skip
def test_every_part_of_the_kit_begins_its_head_with_a_capital(source: str) -> None:
    with override("en"):
        given = {"rows": [(said("批次"), "/", True)], "facts": [(said("批次"), "1")], "events": [{"title": said("批次")}]}
        drawn = Template("{% load i18n ui %}" + source).render(Context(given))
    assert "Batch" in drawn
    assert "batch" not in drawn


def test_columns_begin_with_a_capital_on_the_page_and_in_a_workbook() -> None:
    with override("en"):
        assert lists.text("batch", said("批次")).heading == "Batch"
        assert lists.money("spent", "spent").heading.startswith("Spent")
        (head, *_rows) = exports.csv_lines([exports.Column(said("批次"))], [])
        assert head.lstrip("\ufeff").strip() == "Batch"


def test_the_navigation_names_its_lists_in_the_plural() -> None:
    shown = {"casework.batches": "Batches", "casework.calls": "Calls", "recognition.notices": "Public notices",
             "accounts.organisations": "Organisations", "review.reviews": "Expert reviews"}  # fmt: skip
    with override("en"):
        named = {one.name: str(one.label) for one in navigation.entries()}
    assert {name: named[name] for name in shown} == shown
