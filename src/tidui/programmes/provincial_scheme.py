"""How files of provincial S&T innovation enterprises are marked.

The published text gives no marks. The house default takes those of high-tech enterprises
(国科发火〔2016〕195号, 三(七)), as the text is said to agree with the national rules.
"""

# tidui: data

from __future__ import annotations

from typing import Final

from tidui.kit.lang import Pair
from tidui.review.enums import ExpertKind
from tidui.review.scheme import Band, Item, Part, Scheme, register

_T: Final = ExpertKind.TECHNICAL
_F: Final = ExpertKind.FINANCIAL


def _five(words: tuple[Pair, Pair, Pair, Pair, Pair]) -> tuple[Band, ...]:
    """The five grades of an item of eight points."""
    marks = ((7, 8), (5, 6), (3, 4), (1, 2), (0, 0))
    return tuple(Band(letter, word, *mark) for letter, word, mark in zip("ABCDE", words, marks, strict=True))


_NONE: Final = Pair("无", "none")
_CONVERSION: Final = tuple(
    Band(letter, Pair(zh, en), low, high)
    for letter, zh, en, low, high in (
        ("A", "年均5项及以上", "5 a year or more", 25, 30), ("B", "年均4项及以上", "4 a year or more", 19, 24),
        ("C", "年均3项及以上", "3 a year or more", 13, 18), ("D", "年均2项及以上", "2 a year or more", 7, 12),
        ("E", "年均1项及以上", "1 a year or more", 1, 6), ("F", "无", "none", 0, 0),
    )
)  # fmt: skip
_GROWTH: Final = tuple(
    Band(letter, Pair(zh, en), low, high)
    for letter, zh, en, low, high in (
        ("A", "35%及以上", "35 % or more", 9, 10), ("B", "25%及以上", "25 % or more", 7, 8),
        ("C", "15%及以上", "15 % or more", 5, 6), ("D", "5%及以上", "5 % or more", 3, 4),
        ("E", "大于0", "above 0", 1, 2), ("F", "0及以下", "0 or less", 0, 0),
    )
)  # fmt: skip
_IP: Final = "195号 三(七)1"
_ORG: Final = "195号 三(七)3"

SCHEME: Final = register(
    Scheme(
        name="provincial-2024",
        title=Pair("省科技创新型企业评分办法", "marks of provincial S&T innovation enterprises"),
        policy="cn/hte",
        line=70,
        house=Pair(
            "省办法未公布评分标准；因称与高企规定衔接，暂按高新技术企业创新能力评价（70分以上）评分。",
            "The provincial text gives no marks; as it is said to agree with the national rules, those of high-tech "
            "enterprises are taken (above 70).",
        ),
        parts=(
            Part(
                "ip", Pair("知识产权", "intellectual property"), 30,
                (
                    Item(
                        "advancement", Pair("技术的先进程度", "how advanced the technology is"), 8, _T, _IP,
                        bands=_five(
                            (Pair("高", "high"), Pair("较高", "rather high"), Pair("一般", "middling"),
                             Pair("较低", "rather low"), _NONE)
                        ),
                        tables=("rd", "ip"),
                    ),
                    Item(
                        "support",
                        Pair("对主要产品（服务）在技术上发挥核心支持作用", "core support for main products"),
                        8, _T, _IP,
                        bands=_five(
                            (Pair("强", "strong"), Pair("较强", "rather strong"), Pair("一般", "middling"),
                             Pair("较弱", "rather weak"), _NONE)
                        ),
                        tables=("products", "ip"),
                    ),
                    Item(
                        "count", Pair("知识产权数量", "amount of intellectual property"), 8, _T, _IP,
                        bands=_five(
                            (Pair("1项及以上Ⅰ类", "1 of class I"), Pair("5项及以上Ⅱ类", "5 of class II or more"),
                             Pair("3至4项Ⅱ类", "3 or 4 of class II"), Pair("1至2项Ⅱ类", "1 or 2 of class II"), _NONE)
                        ),
                        by="count_band", facts=("ip_class1", "ip_class2"), tables=("ip",),
                    ),
                    Item(
                        "acquisition", Pair("知识产权获得方式", "how intellectual property was obtained"), 6, _T, _IP,
                        by="acquisition_band", facts=("self_developed_ip",), tables=("ip",),
                    ),
                    Item(
                        "standards",
                        Pair("参与编制国家、行业标准等（加分）", "bonus: took part in drafting standards"), 2, _T, _IP,
                        by="standards_band", bonus=True,
                    ),
                ),
            ),
            Part(
                "conversion", Pair("科技成果转化能力", "conversion of results"), 30,
                (
                    Item(
                        "conversion", Pair("科技成果转化能力", "conversion of results"), 30, _T, "195号 三(七)2",
                        bands=_CONVERSION, by="conversion_band", facts=("conversions",), tables=("conversions",),
                    ),
                ),
            ),
            Part(
                "organisation", Pair("研究开发组织管理水平", "how R&D is organised"), 20,
                (
                    Item("management", Pair("研发组织管理制度与投入核算体系", "management, accounting"), 6, _T, _ORG),
                    Item(
                        "institution", Pair("研发机构、科研条件与产学研合作", "R&D institution, cooperation"), 6, _T,
                        _ORG, tables=("equipment",),
                    ),
                    Item("incentives", Pair("成果转化激励与创新创业平台", "incentives, open platform"), 4, _T, _ORG),
                    Item(
                        "talent", Pair("科技人员培养、引进与绩效评价", "training and rewarding staff"), 4, _T,
                        _ORG, tables=("staff",),
                    ),
                ),
            ),
            Part(
                "growth", Pair("企业成长性", "growth"), 20,
                (
                    Item(
                        "assets", Pair("净资产增长率", "growth of net assets"), 10, _F, "195号 三(七)4",
                        bands=_GROWTH, by="assets_band", facts=("net_assets",),
                    ),
                    Item(
                        "sales", Pair("销售收入增长率", "growth of sales"), 10, _F, "195号 三(七)4",
                        bands=_GROWTH, by="sales_band", facts=("sales_revenue",),
                    ),
                ),
            ),
        ),
    )
)  # fmt: skip
