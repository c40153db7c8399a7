"""What the pages share: forms whose action may still find a fault, and the organisation that a page is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tidui.accounts.models import Organisation
from tidui.kit import access
from tidui.kit.visibility import get_visible


def organisation_for(request: HttpRequest, pk: int, permission: str) -> Organisation:
    """The organisation of this page: not found for who may not see it, refused for who may not do this to it."""
    organisation = get_visible(request.user, Organisation, pk=pk)
    access.require(permission, request.user, organisation)
    return organisation


class Checked(Protocol):
    """A form, or several that are filled in as one."""

    fields: dict[str, Any]

    def is_valid(self) -> bool:
        """Is what was typed right?"""
        ...

    def add_error(self, field: str | None, error: Any) -> None:
        """Show a fault at a field, or above the form."""
        ...


def done(form: Checked, action: Callable[[], Any]) -> bool:
    """Do it if the form is right; a fault that the action finds is shown at its field, or above the form."""
    if not form.is_valid():
        return False
    try:
        action()
    except ValidationError as error:
        by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        for name, faults in by_field.items():
            form.add_error(name if name in form.fields else None, list(faults))
        return False
    return True


def answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page; after a POST that did not succeed with the status that says so."""
    return render(request, template, context, status=422 if request.method == "POST" else 200)
