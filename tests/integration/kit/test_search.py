"""Searching finds the same rows as reading every text in Python would, on either database."""

from __future__ import annotations

import unicodedata

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from tidui.accounts.models import Organisation
from tidui.kit import search
from tidui.kit.models import SearchEntry

pytestmark = pytest.mark.django_db


def found(words: str) -> set[str]:
    return set(search.matching(Organisation.objects.all(), words).values_list("name", flat=True))


def known(*names: str) -> None:
    for name in names:
        search.index(Organisation.objects.create(kind="enterprise", name=name), name)


class TestWhatIsFound:
    def test_a_word_of_two_characters_is_found_anywhere(self) -> None:
        known("兰州生物医药有限公司", "天水兰花种植有限公司")
        assert found("兰州") == {"兰州生物医药有限公司"}
        assert found("医药") == {"兰州生物医药有限公司"}
        assert found("公司") == {"兰州生物医药有限公司", "天水兰花种植有限公司"}

    def test_a_single_character_is_found_at_every_place(self) -> None:
        known("兰州甲厂", "甲骨文馆", "乙厂")
        assert found("甲") == {"兰州甲厂", "甲骨文馆"}
        assert found("厂") == {"兰州甲厂", "乙厂"}
        assert found("馆") == {"甲骨文馆"}

    def test_a_longer_word_is_found_only_whole(self) -> None:
        known("兰州新区发展公司", "兰州高州新区公司", "兰州之新区")
        assert found("兰州新区") == {"兰州新区发展公司"}

    def test_all_words_must_be_found_in_any_order(self) -> None:
        known("兰州生物医药", "天水生物", "兰州机械")
        assert found("生物 兰州") == {"兰州生物医药"}
        assert found("生物　兰州") == {"兰州生物医药"}

    def test_a_credit_code_is_found_by_its_beginning_only(self) -> None:
        known("91620100MA71XYZ12A 甲", "91620200MA71XYZ12B 乙")
        assert found("916201") == {"91620100MA71XYZ12A 甲"}
        assert found("91620100ma71xyz12a") == {"91620100MA71XYZ12A 甲"}
        assert found("MA71") == set()

    def test_width_and_case_do_not_matter(self) -> None:
        known("ＡＢＣ科技", "Straße １２３")
        assert found("abc") == {"ＡＢＣ科技"}
        assert found("ａｂｃ科技") == {"ＡＢＣ科技"}
        assert found("STRASSE 123") == {"Straße １２３"}

    def test_signs_of_the_databases_own_languages_mean_nothing(self) -> None:
        known("甲 AND 乙", "丙")
        for words in ('" OR "', "甲* OR 丙", "NEAR(甲 乙)", "甲 & !丙:*", "'; DROP TABLE kit_searchentry; --", "甲\x00", "\\", "%", "_"):
            assert "丙" not in found(words), words
        assert found("and") == {"甲 AND 乙"}

    def test_nothing_asked_finds_everything_and_signs_alone_find_nothing(self) -> None:
        known("甲", "乙")
        assert found("  ") == {"甲", "乙"}
        assert found("***") == set()

    def test_rare_and_new_characters_are_found(self) -> None:
        known("𬭚科技", "〇一研究所", "ཀ་བོད")
        assert found("𬭚科") == {"𬭚科技"}
        assert found("〇一") == {"〇一研究所"}
        assert found("ཀ") == {"ཀ་བོད"}


class TestKeepingTheIndex:
    def test_indexing_again_replaces_the_words_of_before(self) -> None:
        one = Organisation.objects.create(kind="enterprise", name="甲")
        search.index(one, "旧名 甲")
        search.index(one, "新名 甲")
        assert found("旧名") == set() and found("新名") == {"甲"}
        assert SearchEntry.objects.count() == 1

    def test_a_forgotten_record_is_not_found(self) -> None:
        known("甲厂", "乙厂")
        search.forget(Organisation.objects.get(name="甲厂"))
        assert found("厂") == {"乙厂"}

    def test_an_entry_of_another_model_is_not_found(self) -> None:
        one = Organisation.objects.create(kind="enterprise", name="甲")
        SearchEntry.objects.create(model="kit.job", object_id=one.pk, text="秘密", tokens="_79d8__5bc6_ _5bc6_")
        assert found("秘密") == set()

    def test_it_narrows_rows_and_never_widens_them(self) -> None:
        known("兰州甲", "兰州乙")
        rows = Organisation.objects.filter(name="兰州甲")
        assert [one.name for one in search.matching(rows, "兰州")] == ["兰州甲"]
        assert search.matching(rows.none(), "兰州").count() == 0

    def test_rebuilding_makes_entries_for_records_that_have_none_and_drops_orphans(self) -> None:
        one = Organisation.objects.create(kind="enterprise", name="兰州甲")
        SearchEntry.objects.create(model="accounts.organisation", object_id=one.pk + 1000, text="x", tokens="wx")
        kept = dict(search._sources)
        search.source(Organisation, lambda record: record.name)
        try:
            assert search.rebuild(Organisation) == 1
        finally:
            search._sources.clear()
            search._sources.update(kept)
        assert found("兰州") == {"兰州甲"}
        assert list(SearchEntry.objects.values_list("object_id", flat=True)) == [one.pk]

    def test_installing_twice_changes_nothing(self) -> None:
        known("兰州甲")
        search.install()
        search.install()
        assert found("兰州") == {"兰州甲"}

    def test_the_index_of_the_database_can_answer(self) -> None:
        known("兰州甲")
        plan = search.matching(Organisation.objects.all(), "兰州").explain()
        if connection.vendor == "postgresql":
            # With one row a server reads the table; with many it takes an index over this very expression.
            with connection.cursor() as cursor:
                cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'kit_search_words'")
                expression = cursor.fetchone()[0].partition(" USING gin (")[2].removesuffix(")")
            assert expression in plan and "array_to_tsvector" in expression
        else:
            assert "SCAN w VIRTUAL TABLE INDEX" in plan
            assert "COVERING INDEX kit_search_objects" in plan

    def test_many_records_are_written_with_few_statements(self, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
        rows = Organisation.objects.bulk_create(
            [Organisation(kind="enterprise", name=f"兰州第{number}厂") for number in range(3000)]
        )
        with django_assert_max_num_queries(8):
            search.index_many(Organisation, [(one.pk, one.name) for one in rows])
        assert len(found("兰州")) == 3000
        assert found("第2999厂") == {"兰州第2999厂"}


# ------------------------------------------------------------------------------------------------ the oracle
ALPHABET = "兰州新区科技兰甲乙〇aAbＢ1２é. -,　\u200b𠮷"


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.replace("\u200b", "")).casefold()
    return unicodedata.normalize("NFKC", plain)


def is_chinese(character: str) -> bool:
    return character in "兰州新区科技甲乙〇𠮷"


def words_of(text: str) -> list[str]:
    """Runs of Chinese characters, and runs of letters and digits."""
    runs: list[str] = []
    kind = None
    for character in folded(text):
        now = "chinese" if is_chinese(character) else "word" if character.isalnum() else None
        if now is None:
            kind = None
        elif now == kind:
            runs[-1] += character
        else:
            runs.append(character)
            kind = now
    return runs


def fits(text: str, question: str) -> bool:
    """By reading: every word of the question is part of a Chinese run, or begins a Latin word."""
    if not question.strip():
        return True
    asked = words_of(question)
    runs = words_of(text)
    return bool(asked) and all(
        any(word in run if is_chinese(word[0]) else not is_chinese(run[0]) and run.startswith(word) for run in runs)
        for word in asked
    )


texts = st.text(ALPHABET, max_size=14)


@settings(max_examples=150)
@given(st.lists(texts, min_size=1, max_size=8, unique=True), st.text(ALPHABET, max_size=6))
def test_searching_agrees_with_reading(names: list[str], question: str) -> None:
    Organisation.objects.all().delete()
    SearchEntry.objects.all().delete()
    rows = Organisation.objects.bulk_create([Organisation(kind="enterprise", name=name) for name in names])
    search.index_many(Organisation, [(one.pk, one.name) for one in rows])
    assert found(question) == {name for name in names if fits(name, question)}
