"""The page of a programme is drawn from its declarations: every stage, move and end, once for each route."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from tidui.casework.enums import Turn
from tidui.casework.kinds import RECOMMENDATION, SELF_EVALUATION, UNIT_CHECK
from tidui.casework.programme import NEXT, Form, Move, Programme, Setting, Stage, StageKind
from tidui.kit.lang import Pair

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "diagrams"
#: What a line of such a diagram may be: a named state, a transition with or without words, a beginning, an end.
LINE = re.compile(r"(\w+: [^:;#]+|\[\*\] --> \w+|\w+ --> (\w+(: [^:;#]+)?|\[\*\]))")


def load() -> ModuleType:
    """scripts/diagrams, which is also a program."""
    loader = SourceFileLoader("diagrams", str(SCRIPT))
    spec = spec_from_loader("diagrams", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["diagrams"] = module
    loader.exec_module(module)
    return module


diagrams = load()
CHECKED = StageKind(
    "checked", Pair("终审：一次", "last: once"), Turn.DEPARTMENT, (Move("pass", Pair("通过", "pass"), NEXT, second=True),)
)  # fmt: skip
SMALL = Programme(
    name="small", title=Pair("小业务", "small one"), lead=Pair("一句话。", "One sentence."), policy="cn/tech-sme",
    form=Form("1", ()), prefix="SM",
    stages=(
        Stage("filing", SELF_EVALUATION), Stage("check", UNIT_CHECK, days=3, when="checked"),
        Stage("recommending", RECOMMENDATION, days=7), Stage("last", CHECKED),
    ),
    settings=(Setting("checked", Pair("先审查", "check first"), "bool", False),),
)  # fmt: skip


def drawn(text: str) -> Iterator[list[str]]:
    """The lines of each diagram of a page."""
    for body in re.findall(r"^```mermaid\nstateDiagram-v2\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield [line.strip() for line in body.splitlines()]


def test_every_way_in_which_the_settings_can_stand_is_drawn_the_default_first() -> None:
    assert list(diagrams.variants(SMALL)) == [{"checked": False}, {"checked": True}]
    first, second = drawn(diagrams.page(SMALL))

    assert "filing --> recommending: 提交" in first and not any("check -->" in line for line in first)
    assert "filing --> check: 提交" in second and "check --> recommending: 通过" in second


def test_each_move_of_a_route_is_one_line_and_the_last_stage_ends_it() -> None:
    _, lines = drawn(diagrams.page(SMALL))

    moves = [line for line in lines if "-->" in line]
    assert moves == [
        "[*] --> filing", "filing --> check: 提交", "check --> recommending: 通过", "check --> correction: 退回补正",
        "check --> refused: 不予通过", "recommending --> last: 同意推荐", "recommending --> correction: 退回补正",
        "recommending --> refused: 不予通过", "last --> accepted: 通过", "correction --> check: 再次提交",
        "correction --> recommending: 再次提交", "refused --> [*]", "accepted --> [*]",
    ]  # fmt: skip


@pytest.mark.parametrize("programme", [SMALL])
def test_a_diagram_holds_only_what_mermaid_reads_and_names_every_state(programme: Programme) -> None:
    for lines in drawn(diagrams.page(programme)):
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        named = {line.split(":")[0] for line in lines if "-->" not in line}
        used = {name for line in lines if "-->" in line for name in re.findall(r"\w+", line.split(":")[0])}
        assert used == named


def test_the_table_says_whose_turn_it_is_how_long_and_what_four_eyes_decide() -> None:
    text = diagrams.page(SMALL)

    assert "| 2 | `recommending` 推荐 · recommendation | 推荐单位 · unit | 7 |" in text
    assert "通过 · pass → `accepted` (four eyes)" in text
    assert "提交 · submit → `recommending` (with the form)" in text


def test_a_page_that_is_not_what_is_declared_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagrams, "FOLDER", tmp_path)
    wanted = {tmp_path / "small.md": diagrams.page(SMALL)}
    assert diagrams.stale(wanted) == ["small.md: not what the declarations say"]
    (tmp_path / "small.md").write_text(diagrams.page(SMALL), encoding="utf-8")
    assert diagrams.stale(wanted) == []
    (tmp_path / "gone.md").write_text("x", encoding="utf-8")

    assert diagrams.stale(wanted) == ["gone.md: there is no such programme"]
