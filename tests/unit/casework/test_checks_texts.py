"""Wording that two texts share: found wherever it stands, and only where enough of it is shared."""

from __future__ import annotations

import random

from tidui.casework.checks import texts
from tidui.casework.checks.texts import GUARANTEED, fingerprints, overlap, plain

OWN = "本公司专注于高精度压力传感器的研发与生产，产品广泛应用于石油化工、电力和轨道交通等领域。"
ALPHABET = [chr(code) for code in range(0x4E00, 0x5E00)]


def invented(seed: int, length: int) -> str:
    """A text of characters that share nothing with another one's but by chance."""
    chance = random.Random(seed)
    return "".join(chance.choice(ALPHABET) for _ in range(length))


def test_commas_spaces_and_width_make_no_other_text() -> None:
    """A copy with other punctuation is still a copy."""
    assert plain("高精度， 压力（ＡＢ１）传感器。") == plain("高精度压力(ab1)、传感器")
    assert overlap(OWN, OWN.replace("，", " ").replace("、", "；")).share == 1


def test_a_text_that_is_shorter_than_a_shingle_leads_nowhere() -> None:
    """Product names of a few words are no copy of one another."""
    assert fingerprints("精密传感器") == frozenset()
    assert overlap("精密传感器", "精密传感器").share == 0


def test_a_shared_passage_of_the_promised_length_is_always_found() -> None:
    """Wherever it stands in either text; one character less may be missed, so nothing is promised of it."""
    for seed in range(60):
        passage = invented(seed, GUARANTEED)
        one = invented(1000 + seed, seed * 7 % 90) + passage + invented(2000 + seed, 40)
        two = invented(3000 + seed, 61) + passage + invented(4000 + seed, seed * 11 % 70)
        assert fingerprints(one) & fingerprints(two), seed


def test_the_share_counts_the_passages_of_the_own_text() -> None:
    """Half of it copied is one half, whatever the length of the other."""
    passage = invented(1, 50)
    own = passage + invented(2, 50)
    found = overlap(own, invented(3, 500) + passage + invented(4, 300))
    assert found.share == 0.5
    assert found.passage == passage


def test_the_passage_is_shown_as_it_was_written() -> None:
    """With its own punctuation, though that was not compared."""
    found = overlap(f"我们的优势：{OWN}欢迎来访", OWN.replace("，", ""))
    assert found.passage == OWN.rstrip("。")


def test_pieces_that_everybody_uses_do_not_add_up() -> None:
    """Seven characters here and there are no passage; eight are."""
    seven, eight = invented(9, 7), invented(9, 8)
    assert overlap(seven + invented(5, 30), invented(6, 30) + seven).share == 0
    assert overlap(eight + invented(5, 32), invented(6, 30) + eight).share == 8 / 40


def test_a_longer_text_has_few_fingerprints_for_its_length() -> None:
    """About two for each window, so that the table of traces stays small."""
    count = len(fingerprints(invented(1, 1500)))
    assert 120 <= count <= 240
    assert texts.MOST_CANDIDATES == 20
