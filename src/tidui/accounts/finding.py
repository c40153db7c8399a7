"""Finding organisations by what they are or were called, and by the codes they have or had."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from tidui.accounts.models import Organisation, OrganisationState
from tidui.codes import uscc
from tidui.kit import search


def text_of(organisation: Organisation) -> str:
    """All names and codes that the organisation has had."""
    return _joined(organisation.states.order_by("-since").values_list("name", "uscc"))


def index(organisation: Organisation) -> None:
    """Let it be found by its names of today and before."""
    search.index(organisation, text_of(organisation))


def index_new(organisations: Sequence[Organisation]) -> None:
    """The same for organisations that have no past yet."""
    search.index_many(Organisation, [(one.pk, _joined([(one.name, one.uscc)])) for one in organisations])


def by_code(code: str) -> Organisation | None:
    """The organisation that has this credit code today, or else the one that had it last."""
    code = uscc.normalise(code)
    today = Organisation.objects.filter(uscc=code).first()
    if today is not None:
        return today
    past = (
        OrganisationState.objects.filter(Q(uscc=code)).select_related("organisation").order_by("-since", "-pk").first()
    )
    return None if past is None else past.organisation


def _joined(pairs: object) -> str:
    words = [word for pair in pairs for word in pair if word]  # type: ignore[attr-defined]
    return " ".join(dict.fromkeys(words))
