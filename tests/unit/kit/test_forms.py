"""Inputs of one line are drawn by a function as Django's own template draws them."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.utils.safestring import mark_safe

from tidui.kit import files
from tidui.kit.forms import Renderer

ATTRIBUTES = {"id": 'a"b', "required": True, "disabled": False, "data-x": "<'>", "class": "form-control", "size": 3}


@pytest.mark.parametrize(
    "kind",
    [
        forms.DateInput, forms.EmailInput, forms.HiddenInput, forms.NumberInput, forms.PasswordInput, forms.TextInput,
        forms.URLInput,
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["\"><script>alert('1')</script>", mark_safe("a&amp;b"), "", None, 7])
def test_a_field_of_one_line_is_what_the_template_makes_of_it(kind: type[forms.Input], value: Any) -> None:
    widget = kind(ATTRIBUTES)
    if isinstance(widget, forms.PasswordInput):
        widget.render_value = True
    context = widget.get_context('n"1', value, None)
    context["widget"]["attrs"]["class"] = "" if widget.input_type == "hidden" else "form-control"
    ours = Renderer().render(widget.template_name, context)
    assert ours == TemplatesSetting().render(widget.template_name, context).strip()
    assert "<script" not in ours


def test_a_file_input_escapes_what_it_is_given() -> None:
    widget = files.FileInput("kit.export", {"id": "f", "aria-describedby": '"<b>'})
    drawn = widget.render('n"<i>', None, renderer=Renderer())
    assert "<b>" not in drawn and "<i>" not in drawn
    assert 'name="n&quot;&lt;i&gt;"' in drawn and 'name="n&quot;&lt;i&gt;-kept" value=""' in drawn
    assert flatatt({"data-upload-kind": "kit.export"}) in drawn and 'accept=".xlsx"' in drawn
