"""Frozen files of draws for tests, and a draw by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tidui.review.drawing import model, replaying, seeding

SALTS: Final = ("0" * 32, "1" * 32)
SECRETS: Final = ("first secret of sixteen", "second secret of sixteen")
NUMBER: Final = "03 09 14 22 28 31 07"
NAMES: Final = {"salt": "2" * 32, "experts": {"T000": [7, model.name_digest("2" * 32, "张三")]}, "files": {}}
SEED: Final = "5" * 64


def expert(key: str, kind: str = "technical", fields: Sequence[str] = ("803",), **other: Any) -> dict[str, Any]:
    """A row of an expert."""
    given = {"id": key, "kind": kind, "level": "senior", "fields": list(fields), "load": 60, "available": True}
    return {**given, **other}


def experts(technical: int, financial: int, **other: Any) -> list[dict[str, Any]]:
    """So many equal experts."""
    rows = [expert(f"F{n:03d}", "financial", (), **other) for n in range(financial)]
    return rows + [expert(f"T{n:03d}", **other) for n in range(technical)]


def panel(key: str, files: Sequence[str], technical: int = 4, financial: int = 1, **other: Any) -> dict[str, Any]:
    """A row of a panel."""
    given = {
        "id": key, "files": list(files), "technical": technical, "financial": financial, "seated": [], "lead": "all",
    }  # fmt: skip
    return {**given, **other}


def frozen(
    people: list[dict[str, Any]], panels: list[dict[str, Any]], *, fields: Mapping[str, str] | None = None,
    forbidden: Sequence[tuple[str, str]] = (), **rules: Any,
) -> dict[str, Any]:  # fmt: skip
    """A frozen file; files are of field 803 unless `fields` says otherwise."""
    files = sorted(file for one in panels for file in one["files"])
    given = {
        "size": 5, "technical": 4, "financial": 1, "technical_share": 60, "financial_least": 1, "fit": 0,
        "reach": "second", "cover": 50, "fair": 0,
    }  # fmt: skip
    return {
        "layout": model.LAYOUT, "draw": {"review": "第一批", "number": 1, "reason": ""}, "rules": {**given, **rules},
        "experts": sorted(people, key=lambda one: one["id"]), "panels": panels,
        "files": [{"id": file, "field": (fields or {}).get(file, "803")} for file in files],
        "forbidden": [[file, who, "employer"] for file, who in sorted(forbidden)],
        "units": [
            {"unit": name, "salt": salt, "commitment": seeding.commitment(salt, secret)}
            for name, salt, secret in zip(("科技厅", "纪检组"), SALTS, SECRETS, strict=True)
        ],
        "frozen_on": "2026-06-01", "public": {"source": "开奖号码", "on": "2026-06-02"},
        "names": model.digest(NAMES),
    }  # fmt: skip


def file_of(raw: dict[str, Any]) -> dict[str, Any]:
    """The file of the draw of a frozen file."""
    seed, output = replaying.run(model.load(raw), list(SECRETS), NUMBER)
    return replaying.written(raw, list(SECRETS), NUMBER, seed, output, NAMES, {"T000": "张三"})
