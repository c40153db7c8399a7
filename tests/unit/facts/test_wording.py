"""What faults say in Chinese: no text of a fault is left without."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidui.facts.faults import Fault
from tidui.facts.wording import chinese, said

SOURCES = ("codes", "facts", "tables", "registry")
#: Where the texts of faults are made, and under which argument.
CALLS = {"BadValue": (0, 1), "HeadingError": (0, 1), "Fault": (1, 2), "fault": (2, 3), "_fault": (1, 2)}
NAMES = frozenset({"message", "instead", "what", "wrong", "rule"})
#: Not for the pages: the command line's own files, other forms of tables, developers' mistakes.
ELSEWHERE = ("tables/wide.py", "tables/typed_section.py", "tables/spark.py", "tables/writing.py", "facts/documents.py",
             "facts/read.py", "codes/workdays.py", "tables/arrow_columns.py")  # fmt: skip
#: Texts that are put together from others; the cases below say them whole.
COMPOSED = {
    "7 is not a registration number: it 7", "below 7", "does not keep to the coding rule",
    "7: 7 taken for 7? As it stands 7 yuan, else 7 yuan",
}  # fmt: skip


def texts_of(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be, with 7 for whatever varies."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def said_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for place in CALLS.get(name, ()):
                if place < len(node.args):
                    yield from texts_of(node.args[place])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in NAMES:
            yield from texts_of(node.value)


def every_text(repository: Path) -> set[tuple[str, str]]:
    found = set()
    for room in SOURCES:
        for path in sorted((repository / "src" / "tidui" / room).rglob("*.py")):
            place = path.relative_to(repository / "src" / "tidui").as_posix()
            source = path.read_text()
            if place not in ELSEWHERE and ("from tidui.facts.faults" in source or "BadValue" in source):
                found |= {(place, text) for text in said_in(ast.parse(source))}
    return found


def test_every_text_of_a_fault_has_a_chinese_one(repository: Path) -> None:
    texts = {(place, text) for place, text in every_text(repository) if re.search("[a-z]{3}", text) and " " in text}
    assert len(texts) > 120
    missing = sorted({(place, text) for place, text in texts if chinese(text) == text and text not in COMPOSED})
    assert missing == []


@pytest.mark.parametrize(
    ("english", "wanted"),
    [
        ("很多 is not a number", "很多 不是数字"),
        ("record 2: amount: 很多 is not an amount of money", "第 2 条：金额：很多 不是金额"),
        ("correct st_staff or employees", "请更正 科技人员数 或 职工总数"),
        ("the credit code 91 stands in row 2 too", "统一社会信用代码 91 在第 2 行已出现"),
        ("“甲” belongs on the sheet years", "“甲”应放在 年度 表"),
        ("A1 is not a registration number: it does not keep to the coding rule", "A1 不是入库登记编号：不符合编码规则"),
        ("-1 is below 0 yuan", "-1 低于 0 元"),
        (
            "总收入 3,200 元 beside 总收入 of 2022 is 3,000 万元: 万元 taken for 元? As it stands 3200.00 yuan, else 32000000.00 yuan",
            "总收入 3,200 元，而 2022 年总收入为 3,000 万元： 是否把万元当作元？按所填为 3200.00 元，否则为 32000000.00 元",
        ),
        ("something nobody wrote down", "something nobody wrote down"),
    ],
)
def test_a_text_is_said_with_what_varies_in_it(english: str, wanted: str) -> None:
    assert chinese(english) == wanted


def test_a_fault_is_said_in_the_language_of_the_reader() -> None:
    fault = Fault("years.2022.employees", "12 is negative", "write 0 or more; check the sign", sheet="年度", row=3)
    assert said(fault, "en") is fault
    told = said(fault, "zh-hans")
    assert (told.message, told.instead) == ("12 为负数", "应为 0 或正数，请检查正负号")
    assert (told.sheet, told.row) == ("年度", 3)
