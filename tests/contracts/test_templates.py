"""Every template is short, extends a frame, is used, and holds nothing that the content security policy refuses."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from allauth.core.internal import ratelimit
from django.template import Context, Template, engines
from django.template.loader import get_template
from tests.strict_templates import UnknownName

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tidui"
TEMPLATES = sorted(path for path in SOURCE.rglob("templates/**/*.html"))
#: The page for a failed server is drawn without anything that may have failed.
STANDS_ALONE = {"kit/base.html", "kit/failed.html"}
#: Templates that another package draws by their name; ours stands in place of its own.
FOREIGN = ("account/", "mfa/", "usersessions/", "socialaccount/", "allauth/", "django/")
#: allauth asks for it where there is one, and has none itself.
ASKED_FOR = {"429.html"}
FORBIDDEN = {
    "a style attribute": r"\sstyle\s*=",
    "a handler": r"\son[a-z]+\s*=\s*[\"']",
    "a script inside the page": r"<script(?![^>]*\ssrc=)",
    "a style sheet inside the page": r"<style\b",
    "another host": r"""(?:href|src|action|srcset|content|url)\s*=?\s*[("']\s*(?:https?:)?//""",
    "a javascript: address": r"javascript:",
}


def name_of(path: Path) -> str:
    """A template's name as the loader knows it."""
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("templates") + 1 :])


NAMES = [name_of(path) for path in TEMPLATES]


def is_fragment(name: str) -> bool:
    """Parts begin with an underscore or lie in a folder of parts."""
    return Path(name).name.startswith("_") or name.startswith("kit/forms/")


@cache
def code() -> str:
    """All modules and templates, in which templates are named."""
    files = [*SOURCE.rglob("*.py"), *TEMPLATES]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_has_fewer_than_200_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 200


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_holds_nothing_that_the_policy_of_the_pages_refuses(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    found = {what for what, pattern in FORBIDDEN.items() if re.search(pattern, source, re.I)}
    assert found == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_page_extends_a_frame_and_a_fragment_extends_nothing(path: Path) -> None:
    source = path.read_text(encoding="utf-8").lstrip()
    name = name_of(path)
    if name in STANDS_ALONE:
        assert source.startswith("{% load")
    elif is_fragment(name):
        assert "{% extends" not in source
    else:
        assert re.match(r'\{% extends "[a-z_/]+\.html" %\}', source), f"{name} extends no frame"


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_used(name: str) -> None:
    if name in ASKED_FOR:
        assert '"429.{' in Path(ratelimit.__file__).read_text(encoding="utf-8")
    elif name.startswith(FOREIGN):
        assert drawn_by_another_package(name) or f'"{name}"' in code(), f"no package draws {name}"
    else:
        assert f'"{name}"' in code() or f"'{name}'" in code(), f"nothing draws {name}"


def drawn_by_another_package(name: str) -> bool:
    """Does an installed package have a template of this name that ours stands in for?"""
    for loader in engines["django"].engine.template_loaders[0].loaders:
        origins = [Path(origin.name) for origin in loader.get_template_sources(name)]
        if any(origin.is_file() and SOURCE not in origin.parents for origin in origins):
            return True
    return False


def test_a_variable_that_nobody_gave_fails_the_page() -> None:
    template = Template("{% if absent %}{% endif %}{{ absent }}", name="kit/invented.html")
    with pytest.raises(UnknownName, match=r"kit/invented\.html shows absent"):
        template.render(Context({}))
    assert Template("{{ given }}", name="kit/invented.html").render(Context({"given": None})) == "None"
