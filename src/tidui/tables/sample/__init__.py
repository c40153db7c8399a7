"""A workbook of 1,307 fictional enterprises of Gansu, to try Tidui on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: The shipped workbook; `make.py` makes it.
WORKBOOK: Final = Path(__file__).with_name("enterprises.xlsx")
