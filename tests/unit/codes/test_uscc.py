"""Credit codes by GB 32100-2015."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.codes import uscc
from tidui.codes.faults import BadValue

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
bodies = st.builds(
    lambda head, division, tail: head + division + tail,
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)


def brute_force(body: str) -> str:
    """The only character that makes the whole weighted sum a multiple of 31 (GB 32100-2015, weight of place 18 is 1)."""
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(body, weights, strict=True))
    fitting = [sign for sign in ALPHABET if (total + ALPHABET.index(sign)) % 31 == 0]
    assert len(fitting) == 1
    return fitting[0]


@given(bodies)
def test_the_check_character_is_the_one_that_brute_force_finds(body: str) -> None:
    assert uscc.check_character(body) == brute_force(body)


@given(bodies)
def test_a_code_with_its_check_character_is_accepted_and_with_any_other_refused(body: str) -> None:
    right = uscc.check_character(body)
    assert uscc.problem(body + right) is None
    for wrong in set(ALPHABET) - {right}:
        said = uscc.problem(body + wrong)
        assert said == f"has the check character {wrong}; its first 17 characters ask for {right}"


@given(bodies, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_changed_character_is_always_noticed(body: str, place: int, sign: str) -> None:
    code = body + uscc.check_character(body)
    changed = code[:place] + sign + code[place + 1 :]
    assert (uscc.problem(changed) is None) == (changed == code)


@pytest.mark.parametrize(
    "code",
    ["914403001922038216", "91330100799655058B", "91110000802100433B", "9144030071526726XG", "91440300708461136T"],
)
def test_published_codes_of_companies_are_accepted(code: str) -> None:
    assert uscc.problem(code) is None


def test_a_code_that_begins_with_a_letter_is_accepted() -> None:
    body = "N2620121MF1234567"
    assert uscc.problem(body + brute_force(body)) is None


def test_the_division_may_be_that_of_a_registry_or_an_old_one() -> None:
    for division in ("100000", "622201", "999999"):
        body = "91" + division + "MA7ABCDE1"
        assert uscc.problem(body + brute_force(body)) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("91330100799655058", "has 17 characters; a credit code has 18"),
        ("91330100799655058BB", "has 19 characters; a credit code has 18"),
        (
            "9133010O799655058B",
            "has 'O' at place 8; a credit code has digits and letters without I O S V Z; is it a 0?",
        ),
        (
            "91330100799655O58B",
            "has 'O' at place 15; a credit code has digits and letters without I O S V Z; is it a 0?",
        ),
        ("9133010A799655058B", "has 33010A at places 3 to 8; the division is six digits"),
        ("91330100799655058C", "has the check character C; its first 17 characters ask for B"),
    ],
)
def test_what_is_wrong_is_said(code: str, said: str) -> None:
    assert uscc.problem(code) == said


@pytest.mark.parametrize(
    "typed",
    ["91330100799655058b", "９１３３０１００７９９６５５０５８Ｂ", " 9133 0100 7996 5505 8B ", "91330100-79965505-8-B"],
)
def test_full_width_small_and_spaced_letters_are_made_plain(typed: str) -> None:
    assert str(uscc.parse(typed)) == "91330100799655058B"


def test_the_parts_are_told_apart() -> None:
    assert uscc.parse("91330100799655058B") == uscc.Uscc("9", "1", "330100", "799655058", "B")


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    try:
        code = str(uscc.parse(text))
    except BadValue:
        code = ""
    assert (uscc.problem(uscc.normalise(text)) is None) == (code != "")
