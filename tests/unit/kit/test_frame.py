"""What the frame of a page keeps is the same for everybody, and cannot hold anything of a person."""

from __future__ import annotations

import pytest
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation
from tests.strict_templates import UnknownName


def test_what_is_kept_is_drawn_once_for_each_value_and_language() -> None:
    template = Template("{% load frame i18n %}{% kept size=size %}{{ size }} {% translate '关闭' %}{% endkept %}")
    for language, word in (("zh-hans", "关闭"), ("en", "Close")):
        with translation.override(language):
            for size in ("s", "l", "s"):
                assert template.render(Context({"size": size})) == f"{size} {word}"
    (node,) = template.nodelist.get_nodes_by_type(type(template.nodelist[-1]))
    assert len(node._drawn) == 4


def test_what_is_kept_sees_nothing_but_what_it_names() -> None:
    template = Template("{% load frame %}{% kept size=size %}{{ secret }}{% endkept %}", name="kit/invented.html")
    with pytest.raises(UnknownName, match="shows secret"):
        template.render(Context({"size": "s", "secret": "of whoever asked first"}))
    asking = Template("{% load access frame %}{% kept %}{% may 'kit.public' %}{% endkept %}")
    with pytest.raises(KeyError, match="request"):
        asking.render(RequestContext(RequestFactory().get("/"), {}))


def test_what_is_kept_is_told_apart_by_plain_values_only() -> None:
    template = Template("{% load frame %}{% kept who=who %}{{ who }}{% endkept %}")
    with pytest.raises(TypeError, match="plain values"):
        template.render(Context({"who": None}))


def test_a_block_is_not_kept_because_every_page_draws_its_own() -> None:
    with pytest.raises(TemplateSyntaxError, match="every page for itself"):
        Template("{% load frame %}{% kept %}{% block title %}{% endblock %}{% endkept %}")
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        Template("{% load frame %}{% kept looks.theme %}{% endkept %}")
