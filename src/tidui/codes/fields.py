"""The high-tech fields that the state supports (国家重点支持的高新技术领域, 2016): 8 fields, 52 second-level ones.

The codes are 101 to 809, in the official order; the official site numbers the eight fields in its own way
(`OFFICIAL_NUMBERS`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from tidui.codes.faults import BadValue, quoted


class Field(NamedTuple):
    """A field or a second-level field: code and names."""

    code: str
    zh: str
    en: str


_TABLE: Final = """
10|电子信息|electronic information
101|软件|software
102|微电子技术|microelectronics
103|计算机产品及其网络应用技术|computer products and their network applications
104|通信技术|communications
105|广播影视技术|radio, film and television
106|新型电子元器件|new electronic components
107|信息安全技术|information security
108|智能交通和轨道交通技术|intelligent transport and rail transit
20|生物与新医药|biology and new medicine
201|医药生物技术|medical biotechnology
202|中药、天然药物|Chinese and natural medicines
203|化学药研发技术|chemical drug development
204|药物新剂型与制剂创制技术|new dosage forms and preparations
205|医疗仪器、设备与医学专用软件|medical instruments, equipment and software
206|轻工和化工生物技术|light-industry and chemical biotechnology
207|农业生物技术|agricultural biotechnology
30|航空航天|aviation and spaceflight
301|航空技术|aviation
302|航天技术|spaceflight
40|新材料|new materials
401|金属材料|metals
402|无机非金属材料|inorganic non-metallic materials
403|高分子材料|polymers
404|生物医用材料|biomedical materials
405|精细和专用化学品|fine and special chemicals
406|与文化艺术产业相关的新材料|new materials for culture and the arts
50|高技术服务|high-tech services
501|研发与设计服务|R&D and design services
502|检验检测认证与标准服务|inspection, testing, certification and standards services
503|信息技术服务|information technology services
504|高技术专业化服务|specialised high-tech services
505|知识产权与成果转化服务|intellectual property and technology transfer services
506|电子商务与现代物流技术|e-commerce and modern logistics
507|城市管理与社会服务|city management and social services
508|文化创意产业支撑技术|technology for cultural and creative industries
60|新能源与节能|new energy and energy saving
601|可再生清洁能源|renewable clean energy
602|核能及氢能|nuclear and hydrogen energy
603|新型高效能量转换与储存技术|new efficient energy conversion and storage
604|高效节能技术|efficient energy saving
70|资源与环境|resources and environment
701|水污染控制与水资源利用技术|water pollution control and water use
702|大气污染控制技术|air pollution control
703|固体废弃物处置与综合利用技术|solid waste disposal and use
704|物理性污染防治技术|physical pollution control
705|环境监测及环境事故应急处理技术|environmental monitoring and emergency response
706|生态环境建设与保护技术|ecological construction and protection
707|清洁生产技术|clean production
708|资源勘查、高效开采与综合利用技术|exploration, efficient extraction and use of resources
80|先进制造与自动化|advanced manufacturing and automation
801|工业生产过程控制系统|industrial process control systems
802|安全生产技术|production safety
803|高性能、智能化仪器仪表|high-performance and intelligent instruments
804|先进制造工艺与装备|advanced manufacturing processes and equipment
805|新型机械|new machinery
806|电力系统与设备|power systems and equipment
807|汽车及轨道车辆相关技术|automobiles and rail vehicles
808|高技术船舶与海洋工程装备设计制造技术|high-tech ships and marine engineering equipment
809|传统文化产业改造技术|renewal of traditional cultural industries
"""
_ALL: Final = tuple(Field(*line.split("|")) for line in _TABLE.strip().splitlines())
#: The eight fields, by their code of two digits.
FIELDS: Final = {field.code: field for field in _ALL if len(field.code) == 2}
#: The 52 second-level fields, by their code of three digits.
SECOND_LEVEL: Final = {field.code: field for field in _ALL if len(field.code) == 3}
#: The official filing system's own numbers of the eight fields (it has no 5).
OFFICIAL_NUMBERS: Final = {"10": 1, "50": 2, "80": 3, "30": 4, "20": 6, "40": 7, "60": 8, "70": 9}

_BY_NAME: Final = {field.zh: field.code for field in SECOND_LEVEL.values()}


def field_of(code: str) -> Field:
    """The field (one of eight) that a second-level code belongs to."""
    return FIELDS[code[0] + "0"]


def normalise(text: str) -> str:
    """The code in plain digits; the Chinese name of a second-level field becomes its code."""
    given = unicodedata.normalize("NFKC", text).strip()
    return _BY_NAME.get(given.replace(",", "、"), given)


def problem(code: str) -> str | None:
    """What is wrong with a normalised code, or None if nothing is."""
    if code in SECOND_LEVEL:
        return None
    if re.fullmatch(r"[1-8]0", code):
        return f"is the whole field {FIELDS[code].zh}; name its second-level field, such as {code[0]}01"
    inside = [known for known in SECOND_LEVEL if len(code) >= 1 and known[0] == code[0]]
    if re.fullmatch(r"[0-9]{3}", code) and inside:
        return f"is not a second-level field; those of {FIELDS[code[0] + '0'].zh} are {inside[0]} to {inside[-1]}"
    return "is not a second-level field; they are 101 to 809"


def parse(text: str) -> str:
    """The normalised code; BadValue with what is wrong."""
    code = normalise(text)
    wrong = problem(code)
    if wrong is not None:
        raise BadValue(f"{quoted(text)} {wrong}", "write a second-level code such as 401")
    return code
