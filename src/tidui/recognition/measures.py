"""By what law a recognition is revoked, on which grounds, and what the papers call it. One entry for each programme."""

# tidui: data

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tidui.kit.lang import Pair
from tidui.recognition.enums import Ground


@dataclass(frozen=True, slots=True)
class Measure:
    """The words and the grounds of a programme. `house`: what the published text does not say and is taken here."""

    basis: str
    thing: Pair
    again: Pair
    paper: str
    grounds: tuple[str, ...]
    house: Pair | None = None


SME: Final = Measure(
    basis="《科技型中小企业评价办法》（国科发政〔2017〕115号）",
    thing=Pair("入库登记编号", "number"),
    again=Pair("参加科技型中小企业评价", "be evaluated as a technology SME"),
    paper="年度科技型中小企业入库登记编号",
    grounds=(
        Ground.CONDITIONS, Ground.FRAUD, Ground.DISHONESTY, Ground.INCIDENT, Ground.LISTED, Ground.NOT_UPDATED,
    ),
)  # fmt: skip
PROVINCIAL: Final = Measure(
    basis="《甘肃省科技创新型企业认定办法》（甘科高规〔2024〕1号）",
    thing=Pair("省科技创新型企业资格", "recognition as a provincial S&T innovation enterprise"),
    again=Pair("申报省科技创新型企业", "apply as a provincial S&T innovation enterprise"),
    paper="年认定的省科技创新型企业资格，证书编号",
    grounds=(Ground.CONDITIONS, Ground.FRAUD, Ground.DISHONESTY, Ground.INCIDENT, Ground.UNREPORTED),
    house=Pair(
        "办法中撤销情形和限制期的条文未查得，暂参照高新技术企业认定管理办法第十九条；限制期至决定当年年底，弄虚作假的另加规定年数。",
        "The articles on revocation are not known; the grounds of high-tech enterprises (Art. 19) are taken, and a bar "
        "to the end of the year of the decision, with more years after fraud.",
    ),
)  # fmt: skip
_GENERAL: Final = Measure(
    basis="有关认定管理办法", thing=Pair("认定资格", "recognition"), again=Pair("申报", "apply"),
    paper="年认定资格，编号", grounds=tuple(Ground.values),
)  # fmt: skip
MEASURES: Final = {"tech-sme": SME, "provincial": PROVINCIAL}


def measure(programme: str) -> Measure:
    """The measure of a programme."""
    return MEASURES.get(programme, _GENERAL)


def grounds_of(programme: str) -> list[tuple[str, object]]:
    """The grounds of a programme as choices."""
    known = dict(Ground.choices)
    return [(one, known[one]) for one in measure(programme).grounds]
