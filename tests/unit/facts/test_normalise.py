"""From what was typed to the value of a fact."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.codes.faults import BadValue
from tidui.facts import catalogue
from tidui.facts.factset import plain
from tidui.facts.normalise import COUNT_LIMIT, normalise
from tidui.rules.values import MONEY_LIMIT, NONE, FactType, Value

KNOWN = catalogue.load()
DAY = dt.date(2023, 1, 5)


def read(name: str, raw: object, **how: Any) -> Value | None:
    return normalise(KNOWN[name], raw, **how)


def refusal(name: str, raw: object, **how: Any) -> str:
    with pytest.raises(BadValue) as refused:
        normalise(KNOWN[name], raw, **how)
    assert refused.value.instead
    return refused.value.message


# --- unknown and none


@pytest.mark.parametrize("name", list(KNOWN))
@pytest.mark.parametrize("blank", [None, "", "  ", "\u3000", "\ufeff"])
def test_a_blank_is_unknown_for_every_fact(name: str, blank: object) -> None:
    assert read(name, blank) is None


@pytest.mark.parametrize("name", [name for name in KNOWN if KNOWN[name].can_be_none])
@pytest.mark.parametrize("none", ["无", "没有", " None ", [], (), NONE])
def test_none_is_read_where_there_can_be_none(name: str, none: object) -> None:
    assert read(name, none) is NONE
    assert read(name, "", empty_is_none=True) is NONE


@pytest.mark.parametrize("name", [name for name in KNOWN if not KNOWN[name].can_be_none])
def test_none_is_refused_where_there_cannot_be_none(name: str) -> None:
    assert refusal(name, "", empty_is_none=True) == "cannot be none"
    assert refusal(name, []) == "cannot be none"


def test_none_for_money_is_told_to_be_zero_or_left_out() -> None:
    with pytest.raises(BadValue) as refused:
        read("sales_revenue", "无")
    assert refused.value.instead == "write 0 if it is zero, leave it out if it is not known"


# --- money


def test_money_becomes_fen_by_the_unit_of_its_column() -> None:
    assert read("sales_revenue", "1,234.50") == 123450
    assert read("sales_revenue", 3200, money_unit="万元") == 3_200_000_000
    assert read("sales_revenue", np.float64(12.34)) == 1234
    assert read("sales_revenue", np.int64(12)) == 1200


@pytest.mark.parametrize(("raw", "fits"), [(-0.01, False), (0, True), (0.01, True)])
def test_most_money_is_not_below_zero(raw: float, fits: bool) -> None:
    if fits:
        assert read("total_assets", raw) == round(raw * 100)
    else:
        assert refusal("total_assets", raw) == "-0.01 is negative"
    assert read("net_assets", raw) == round(raw * 100)


def test_bounds_of_money_are_in_yuan() -> None:
    fee = FactType("fee", "years", "money", "yuan", low=Fraction(5), high=Fraction(10))
    assert [normalise(fee, raw) for raw in (5, 10)] == [500, 1000]
    for raw in ("4.99", "10.01"):
        with pytest.raises(BadValue):
            normalise(fee, raw)


def test_money_of_2_to_the_50_fen_is_refused() -> None:
    assert read("total_assets", MONEY_LIMIT - 1, money_unit="分") == MONEY_LIMIT - 1
    assert refusal("total_assets", MONEY_LIMIT, money_unit="分") == "1125899906842624 is more money than there is"


@pytest.mark.parametrize(
    "raw", [1234.565, "1234.565", "NaN", float("nan"), float("inf"), True, "12%", "#DIV/0!", "-", dt.date(2023, 1, 1)]
)
def test_what_is_no_amount_is_refused(raw: object) -> None:
    assert refusal("sales_revenue", raw)


# --- counts, numbers, shares


@pytest.mark.parametrize(("raw", "value"), [(3, 3), (3.0, 3), ("3.0", 3), ("３", 3), ("1,200", 1200), (np.int32(3), 3)])
def test_a_count_is_whole(raw: object, value: int) -> None:
    assert read("conversions", raw) == value


def test_a_count_with_a_part_or_below_zero_is_refused() -> None:
    assert refusal("conversions", 3.5) == "3.5 is not a whole number"
    assert refusal("conversions", -1) == "-1 is negative"
    assert refusal("conversions", COUNT_LIMIT) == "1000000000 is too large"
    assert read("conversions", COUNT_LIMIT - 1) == COUNT_LIMIT - 1


def test_a_number_may_be_a_fraction() -> None:
    assert read("employees", "22/3") == Fraction(22, 3)
    assert read("employees", 7.333333333333333) == Fraction(22, 3)
    assert read("employees", Decimal("7.5")) == Fraction(15, 2)
    assert refusal("employees", "-0.5") == "-0.5 is negative"
    assert refusal("employees", "12%") == "12% is a percentage"


@pytest.mark.parametrize(
    ("raw", "value"),
    [(0, 0), ("12%", Fraction(3, 25)), (0.12, Fraction(3, 25)), ("100%", 1), (1, 1), ("1/3", Fraction(1, 3))],
)
def test_a_share_is_from_zero_to_one(raw: object, value: int | Fraction) -> None:
    assert read("manufacturing_share", raw) == value


def test_a_number_with_more_than_20_places_is_refused() -> None:
    assert read("employees", "0." + "0" * 19 + "1") == Fraction(1, 10**20)
    assert refusal("employees", "0." + "0" * 20 + "1") == "0.000000000000000000001 has too many digits"
    assert refusal("manufacturing_share", 1e-300) == "1e-300 has too many digits"


def test_a_share_over_one_is_refused_and_percent_suggested() -> None:
    with pytest.raises(BadValue) as refused:
        read("manufacturing_share", 85)
    assert (refused.value.message, refused.value.instead) == ("85 is a share over 1", "write 85% if percent is meant")
    assert refusal("manufacturing_share", 1.0001) == "1.0001 is a share over 1"
    assert refusal("manufacturing_share", "100.01%") == "100.01% is over 1"
    assert refusal("manufacturing_share", -0.01) == "-0.01 is negative"


@pytest.mark.parametrize(("raw", "fits"), [(0, True), (8, True), ("22/3", True), (8.01, False), (-0.01, False)])
def test_a_mark_keeps_to_its_maximum(raw: object, fits: bool) -> None:
    if fits:
        assert read("core_support", raw) == Fraction(str(raw))
    else:
        refusal("core_support", raw)


@pytest.mark.parametrize(("raw", "fits"), [(-1, False), (0, True), (12, True), (13, False)])
def test_months_are_up_to_twelve(raw: int, fits: bool) -> None:
    if fits:
        assert read("operating_months", raw) == raw
    else:
        refusal("operating_months", raw)


# --- yes and no


@pytest.mark.parametrize("raw", [True, "是", "true", "TRUE", "Yes", "y", 1, 1.0, "1", "有", "√", "１", np.bool_(True)])
def test_yes(raw: object) -> None:
    assert read("listed", raw) is True


@pytest.mark.parametrize("raw", [False, "否", "false", "no", "N", 0, 0.0, "0", "无", "×", np.bool_(False)])
def test_no(raw: object) -> None:
    assert read("listed", raw) is False


@pytest.mark.parametrize("raw", [2, "2", "maybe", "是否", 0.5, -1, dt.date(2023, 1, 1), float("nan")])
def test_what_is_neither_yes_nor_no_is_refused(raw: object) -> None:
    assert refusal("listed", raw).endswith("is neither yes nor no")


# --- dates


@pytest.mark.parametrize(
    "raw",
    [
        *(
            DAY,
            dt.datetime(2023, 1, 5, 23, 59),
            "2023-01-05",
            "2023/1/5",
            "2023.1.5",
            "2023年1月5日",
            "２０２３－０１－０５",
        ),
        *(
            20230105,
            20230105.0,
            "20230105",
            " 2023-01-05 ",
            "2023-01-05 00:00:00",
            "2023-01-05T12:30:00",
            "2023 年 1 月 5 日",
        ),
        *("2023-01-04T16:00:00Z", "2023-01-05T00:00:00+08:00", "2023-01-05T15:59:59.123Z", np.datetime64("2023-01-05")),
        dt.datetime(2023, 1, 4, 16, tzinfo=dt.UTC),
    ],
)
def test_a_day_is_read_from_every_usual_form_in_shanghai(raw: object) -> None:
    found = read("established_on", raw)
    assert found == DAY
    assert type(found) is dt.date


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("2023-02-29", "2023-02-29 is not a day of the calendar"),
        ("2023-13-01", "2023-13-01 is not a day of the calendar"),
        (20230230, "20230230 is not a day of the calendar"),
        ("1/5/2023", "1/5/2023 is not a date"),
        ("2023-01", "2023-01 is not a date"),
        ("2023-1/5", "2023-1/5 is not a date"),
        ("明天", "明天 is not a date"),
        (44931, "44931 looks like the day number of a spreadsheet"),
        ("1948-12-31", "1948-12-31 is not between 1949 and 2100"),
        ("2101-01-01", "2101-01-01 is not between 1949 and 2100"),
        (True, "True is not a date"),
    ],
)
def test_what_is_no_day_is_refused(raw: object, said: str) -> None:
    assert refusal("established_on", raw) == said


def test_the_first_and_last_possible_days_are_accepted() -> None:
    assert read("established_on", "1949-01-01") == dt.date(1949, 1, 1)
    assert read("established_on", "2100-12-31") == dt.date(2100, 12, 31)


def test_the_day_number_of_a_spreadsheet_is_told() -> None:
    with pytest.raises(BadValue) as refused:
        read("established_on", 44931)
    assert refused.value.instead == "write 2023-01-05 if that is meant"


@pytest.mark.parametrize(
    "raw",
    [
        "2023-01-05;2021-03-04",
        "2021/3/4、2023/1/5",
        ["2021-03-04", DAY],
        "[2021-03-04, 2023-01-05]",
        "2023-01-05\n2021-03-04",
    ],
)
def test_dates_are_sorted(raw: object) -> None:
    assert read("hte_recognised_on", raw) == (dt.date(2021, 3, 4), DAY)


def test_one_date_is_a_list_of_one() -> None:
    assert read("hte_recognised_on", DAY) == (DAY,)
    assert read("hte_recognised_on", 20230105) == (DAY,)


def test_a_date_given_twice_is_refused() -> None:
    assert refusal("major_incidents", ["2023-01-05", "2023/1/5"]) == "2023-01-05 is given twice"


# --- codes and texts


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("uscc", " ９１３３０１００７９９６５５０５８ｂ", "91330100799655058B"),
        ("uscc", 914403001922038216, "914403001922038216"),
        ("tenant_of", "91330100799655058B", "91330100799655058B"),
        ("division", 620102, "620102"),
        ("division", 620102.0, "620102"),
        ("division", "620171", "620171"),
        ("industry", 3571, "C3571"),
        ("field", 401, "401"),
        ("carrier_kind", "众创空间", "makerspace"),
        ("carrier_kind", "Incubator", "incubator"),
        ("vat_taxpayer", "小规模纳税人", "small_scale"),
        ("sme_number", "2023620102a1234567", "2023620102A1234567"),
    ],
)
def test_a_code_is_made_plain(name: str, raw: object, value: str) -> None:
    assert read(name, raw) == value


def test_a_bad_check_character_is_told_with_the_right_one() -> None:
    said = refusal("uscc", "91330100799655058C")
    assert said == "91330100799655058C has the check character C; its first 17 characters ask for B"


def test_a_credit_code_that_a_spreadsheet_rounded_is_refused() -> None:
    assert refusal("uscc", 9.14403001922038e17) == "9.14403001922038e+17 has lost digits"


def test_an_unknown_option_is_told_with_those_there_are() -> None:
    said = refusal("lease_vat_method", "other")
    assert said == "other is not one of general 一般计税, simple 简易计税"


@pytest.mark.parametrize(
    "raw",
    [
        *("202362010201234567X", "20236201020123456", "1999620102A1234567", "2023620102C1234567", "GR2021620123456789"),
        *("2023 62010 2A12345", 20.5, True),
    ],
)
def test_a_registration_number_that_breaks_the_coding_rule_is_refused(raw: object) -> None:
    refusal("sme_number", raw)


@pytest.mark.parametrize("mark", ["0", "A", "B"])
def test_the_eleventh_character_of_a_registration_number(mark: str) -> None:
    assert read("sme_number", f"2023620102{mark}1234567") == f"2023620102{mark}1234567"


def test_a_text_keeps_its_chinese_brackets_and_loses_wide_letters() -> None:
    assert read("name", "  甘肃ＡＢＣ１（兰州）\u3000有限公司 ") == "甘肃ABC1（兰州） 有限公司"
    assert read("name", "无") == "无"
    assert read("name", 123) == "123"
    assert len(str(read("name", "字" * 200))) == 200
    assert refusal("name", "字" * 201) == "has 201 characters"
    assert refusal("name", "a\x00b")
    assert refusal("name", True)


# --- lists


def losses(*pairs: tuple[int, int]) -> tuple[tuple[tuple[str, int], ...], ...]:
    return tuple((("amount", fen), ("year", year)) for year, fen in pairs)


@pytest.mark.parametrize(
    "raw",
    [
        [{"year": 2019, "amount": 1200}, {"year": "2020", "amount": "3.50"}],
        ({"amount": 1200.0, "year": 2019}, {"亏损年度": 2020, "未弥补亏损额": 3.5}),
        [{"year": 2019, "amount(万元)": "0.12"}, {"year": 2020, "amount(分)": 350}],
        "2019 1,200; 2020 3.50",
        "2019:1200；2020：3.5",
        "year=2019 amount=1200\n2020|3.5",
        '[{"year": 2019, "amount": 1200}, {"year": 2020, "amount": 3.5}]',
    ],
)
def test_a_list_is_read_from_records_or_from_one_cell(raw: object) -> None:
    assert read("losses", raw) == losses((2019, 120000), (2020, 350))


def test_the_unit_of_the_column_holds_for_the_money_of_a_list() -> None:
    assert read("losses", "2019 12", money_unit="万元") == losses((2019, 12_000_000))


def test_one_record_is_a_list_of_one() -> None:
    assert read("losses", {"year": 2019, "amount": 12}) == losses((2019, 1200))


def test_a_key_that_yaml_read_as_true_is_on() -> None:
    expected = ((("amount", 20_000_000), ("kind", "first"), ("on", DAY)),)
    assert read("rewards_paid", [{"kind": "first", True: DAY, "amount": 200000}]) == expected
    assert read("rewards_paid", [{"奖补类别": "首次认定", "日期": "2023-01-05", "金额": "20万元"}]) == expected
    assert read("rewards_paid", "first 2023-01-05 200,000") == expected


def test_an_open_end_is_none_and_a_missing_one_is_unknown() -> None:
    base = {"level": "national", "on": "2023-01-05"}
    assert read("carrier_history", [{**base, "until": ""}]) == ((("level", "national"), ("on", DAY), ("until", NONE)),)
    assert read("carrier_history", [{**base, "until": "无"}]) == (
        (("level", "national"), ("on", DAY), ("until", NONE)),
    )
    assert read("carrier_history", [base]) == ((("level", "national"), ("on", DAY)),)
    assert read("carrier_history", [{**base, "until": None}]) == ((("level", "national"), ("on", DAY)),)


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("losses", [{"year": 2019, "amount": 1}, {"year": 2019, "amount": 2}], "record 2: year 2019 is given twice"),
        ("losses", [{"year": 2019, "amount": 0}], "record 1: amount: 0 is below 0.01 yuan"),
        ("losses", [{"year": 2019, "amount": -5}], "record 1: amount: -5 is below 0.01 yuan"),
        ("losses", [{"year": 1948, "amount": 5}], "record 1: year: 1948 is below 1949"),
        ("losses", [{"year": 2101, "amount": 5}], "record 1: year: 2101 is over 2100"),
        ("losses", [{"amount": 5}], "record 1: has no year 亏损年度"),
        ("losses", [{"year": None, "amount": 5}], "record 1: has no year 亏损年度"),
        ("losses", [{"year": 2019, "amont": 5}], "record 1: amont is not a field of losses"),
        ("losses", [{"year": 2019, "amount": 5, "金额": 5}], "record 1: 金额 is not a field of losses"),
        ("losses", [{"year": 2019, "amount": 5, "AMOUNT": 5}], "record 1: gives amount twice"),
        ("losses", [2019], "record 1: 2019 is not a record"),
        ("losses", "2019 5 6", "2019 5 6 has 3 parts"),
        ("losses", "year=2019 year=2020", "year=2019 year=2020 gives year twice"),
        ("losses", "[{", "[{ is not a list of records"),
        ("losses", 5, "5 is not a list of records"),
        (
            "rewards_paid",
            "third 2023-01-05 5",
            "record 1: kind: third is not one of first 首次认定, again 再次认定, bank 入选培育库",
        ),
        ("national_contest_prizes", "11 0", "record 1: rank: 0 is below 1"),
        ("rewards_paid", "first 2023-01-05 5; first 2023-01-05 5", "record 2: it is given twice"),
    ],
)
def test_a_bad_list_is_refused_with_the_place_in_it(name: str, raw: object, said: str) -> None:
    assert refusal(name, raw) == said


def test_the_smallest_loss_is_a_fen() -> None:
    assert read("losses", "2019 0.01") == losses((2019, 1))


# --- whatever comes

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.fractions(),
    st.text(max_size=80),
    st.text("0123456789.-/,:;%年月日万元eE+ ", max_size=40),
    st.binary(max_size=10),
    st.dates(),
    st.datetimes(timezones=st.one_of(st.none(), st.timezones())),
    st.complex_numbers(),
    st.builds(np.float64, st.floats()),
    st.builds(lambda ns: np.datetime64(ns, "ns"), st.integers(-(2**62), 2**62)),
    st.sampled_from(["huge", "-huge"]).map(lambda sign: (-1 if sign == "-huge" else 1) * 10**5000),
)
keys = st.one_of(st.text(max_size=10), st.sampled_from(["year", "amount", "on", "kind", "until", True, 5, None]))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
)


@given(st.sampled_from(list(KNOWN)), anything, st.sampled_from(["元", "万元", "分"]), st.booleans())
def test_anything_is_a_value_of_its_kind_or_refused_with_advice(name: str, raw: object, unit: Any, empty: bool) -> None:
    fact = KNOWN[name]
    value: Value | None = None
    bad = BadValue("", "read")
    try:
        value = normalise(fact, raw, money_unit=unit, empty_is_none=empty)
    except BadValue as refused:
        bad = refused
    assert bad.instead
    assert len(bad.message) < 500
    if value is not None and value is not NONE:
        types: dict[str, type | tuple[type, ...]] = {
            **dict.fromkeys(("money", "int"), int),
            **dict.fromkeys(("number", "share"), (int, Fraction)),
            **dict.fromkeys(("code", "text"), str),
            **dict.fromkeys(("dates", "list"), tuple),
            "bool": bool,
            "date": dt.date,
        }
        assert isinstance(value, types[fact.kind])
        assert normalise(fact, plain(fact, value), empty_is_none=True) == value
