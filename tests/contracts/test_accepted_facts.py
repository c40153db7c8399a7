"""The accepted tables have a column for every fact of the catalogue, of its kind and with its names."""

from __future__ import annotations

import pytest
from django.utils import translation

from tidui.facts import catalogue
from tidui.registry.fields import COLUMNS, FactColumn
from tidui.registry.layout import GROUPS, editable, help_of, statuses
from tidui.registry.models import IDENTITY, TABLES
from tidui.registry.values import NAMES

KNOWN = catalogue.load()


def columns(section: str) -> dict[str, FactColumn]:
    """The columns of a section's table that hold facts."""
    return {field.name: field for field in TABLES[section]._meta.fields if isinstance(field, FactColumn)}


def test_there_is_a_table_for_every_section_but_the_panels_marks() -> None:
    assert set(TABLES) == set(KNOWN.sections) - {"expert"}


@pytest.mark.parametrize("section", TABLES)
def test_columns_are_the_facts_of_the_section_in_its_order(section: str) -> None:
    facts = [name for name in KNOWN.sections[section] if name not in IDENTITY]
    assert (list(columns(section)), list(NAMES[section])) == (facts, facts)


@pytest.mark.parametrize("section", TABLES)
def test_a_column_holds_the_kind_of_its_fact(section: str) -> None:
    assert {name: KNOWN[name].kind in column.kinds for name, column in columns(section).items()} == dict.fromkeys(
        columns(section), True
    )


def test_every_kind_of_fact_has_one_kind_of_column() -> None:
    kinds = [kind for column in COLUMNS for kind in column.kinds]
    assert len(kinds) == len(set(kinds)) and {fact.kind for fact in map(KNOWN.__getitem__, KNOWN)} <= set(kinds)


@pytest.mark.parametrize("section", TABLES)
def test_a_column_has_the_names_of_its_fact(section: str) -> None:
    for language, of in (("zh-hans", "zh"), ("en", "en")):
        with translation.override(language):
            names = {name: str(column.verbose_name) for name, column in columns(section).items()}
        assert names == {name: getattr(KNOWN[name], of) for name in names}


@pytest.mark.parametrize("section", TABLES)
def test_a_form_has_every_fact_that_is_no_status_once(section: str) -> None:
    assert sorted(editable(section)) == sorted(name for name in NAMES[section] if not KNOWN[name].status)
    groups = [group.name for group in GROUPS[section]]
    assert len(groups) == len(set(groups))


def test_statuses_stand_apart() -> None:
    assert statuses() == tuple(name for name in NAMES["enterprise"] if KNOWN[name].status)


def test_what_the_catalogue_explains_the_form_explains_in_chinese() -> None:
    explained = [name for section in GROUPS for name in editable(section) if KNOWN.notes[name]]
    with translation.override("zh-hans"):
        assert [name for name in explained if not help_of(name)] == []
