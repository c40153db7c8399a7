"""What a browser loads comes from this site alone, every icon is in the sprite, and no colour is too faint."""

from __future__ import annotations

import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from tidui.kit import navigation, themes
from tidui.kit.templatetags.ui import TONES

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tidui"
STATIC = sorted(path for path in SOURCE.rglob("static/**/*") if path.suffix in (".css", ".js", ".svg"))
OWN = [path for path in STATIC if "vendor" not in path.parts]
KIT = SOURCE / "kit" / "static" / "kit"
#: Names of XML dialects, which nobody fetches.
NAMES = ("http://www.w3.org/",)
#: Pairs that stand on each other: ink and ground, and the least contrast of WCAG 2.2 AA.
PAIRS = [
    ("ink", "paper", 7.0), ("ink", "surface", 7.0), ("ink-soft", "paper", 4.5), ("ink-soft", "surface", 4.5),
    ("ink-soft", "surface-soft", 4.5), ("azurite", "paper", 4.5), ("azurite", "surface", 4.5),
    ("azurite-deep", "azurite-wash", 4.5), ("line-strong", "surface", 3.0), ("focus", "surface", 3.0),
    ("neutral", "neutral-wash", 4.5), ("info", "info-wash", 4.5), ("good", "good-wash", 4.5),
    ("warn", "warn-wash", 4.5), ("bad", "bad-wash", 4.5), ("wait", "wait-wash", 4.5),
    ("bad", "surface", 4.5), ("good", "surface", 4.5), ("warn", "surface", 4.5), ("band-soft", "band", 4.5),
]  # fmt: skip


def load_assets() -> ModuleType:
    """scripts/assets, which is also a program."""
    loader = SourceFileLoader("assets", str(ROOT / "scripts" / "assets"))
    spec = spec_from_loader("assets", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_a_static_file_loads_nothing_from_another_host(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    if path.suffix == ".css":
        addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", source) + re.findall(r"@import\s+[\"']([^\"']+)", source)
        assert [one for one in addresses if not one.startswith(("data:", "#"))] == []
    elif path.suffix == ".svg":
        assert [one for one in re.findall(r"(?:href|src)=\"([^\"]+)\"", source) if not one.startswith("#")] == []
    else:
        hosts = re.findall(r"[\"'`](?:https?:)?//[\w.-]+[^\"'`]*", source)
        assert [one for one in hosts if not one.lstrip("\"'`").startswith(NAMES)] == []


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_file_of_ours_is_short_and_has_no_import(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if path.name != "icons.svg":
        assert len(source.splitlines()) < 1000
    assert "@import" not in source
    assert path.suffix != ".js" or "eval(" not in source


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_script_holds_no_text_for_people(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    assert path.suffix != ".js" or re.findall(r"[\u3400-\u9fff]+", code) == []


def test_everything_that_was_taken_over_has_its_licence() -> None:
    vendor = KIT / "vendor"
    taken = {path.name for path in vendor.iterdir() if path.suffix != ".LICENSE"}
    assert taken == {"tabler.min.css", "htmx.min.js", "echarts.min.js"}
    assert {path.name for path in vendor.glob("*.LICENSE")} == {
        "tabler.LICENSE",
        "htmx.LICENSE",
        "echarts.LICENSE",
        "tabler-icons.LICENSE",
    }


def test_the_sprite_holds_the_icons_in_use_and_no_others() -> None:
    sprite = (KIT / "icons.svg").read_text(encoding="utf-8")
    held = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    assert held == load_assets().used_icons(), "run scripts/assets --icons"


def test_the_sprite_holds_the_icons_of_the_navigation() -> None:
    sprite = (KIT / "icons.svg").read_text(encoding="utf-8")
    asked = {entry.icon for entry in navigation.entries()} | set(TONES.values()) | set(themes.ICONS.values())
    assert {name for name in asked if f'id="{name}"' not in sprite} == set()


def colours(selector: str) -> dict[str, str]:
    """The colours that the style gives under this selector."""
    css = (KIT / "kit.css").read_text(encoding="utf-8")
    block = css[css.index(selector) :]
    block = block[: block.index("}")]
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", block))


LIGHT = colours('[data-bs-theme="light"]')
DARK = LIGHT | colours('[data-bs-theme="dark"]')
AUTO = LIGHT | colours('  [data-bs-theme="auto"]')


def test_a_device_that_prefers_dark_pages_gets_the_dark_theme() -> None:
    assert AUTO == DARK


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS, ids=[f"{ink} on {ground}" for ink, ground, _ in PAIRS])
def test_a_colour_is_readable_on_its_ground(theme: dict[str, str], ink: str, ground: str, least: float) -> None:
    assert contrast(theme[ink], theme[ground]) >= least


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("fill", ["fill", "fill-hover", "danger-fill", "danger-fill-hover", "band"])
def test_white_is_readable_on_a_button(theme: dict[str, str], fill: str) -> None:
    assert contrast("#ffffff", theme[fill]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
