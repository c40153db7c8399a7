"""Every table has a door: a function that says which of its rows a person may know of."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from tests import walk
from tests.people import World

from tidui.kit.visibility import doors, visible_to

OUR_APPS = ("audit", "kit", "accounts", "registry", "casework", "review", "recognition", "cultivation", "figures")


def models() -> list[Any]:
    """All tables of our apps."""
    return [model for label in OUR_APPS for model in apps.get_app_config(label).get_models()]


def test_every_model_has_a_door() -> None:
    assert [model.__name__ for model in models() if model not in doors()] == []


def test_no_door_leads_to_a_table_of_somebody_else() -> None:
    assert [model.__name__ for model in doors() if model._meta.app_label not in OUR_APPS] == []


@pytest.mark.django_db
def test_behind_a_door_the_public_sees_reference_data_at_most(world: World, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    walk.plant(world)

    open_to_all = {model.__name__ for model in models() if visible_to(AnonymousUser(), model).exists()}

    assert open_to_all <= {
        # That there was a draw, its digests and composition, and the keys that certificates are checked with.
        "Draw",
        "SigningKey",
        "CalendarDay",
        "CalendarYear",
        "Call",
        "DivisionChange",
        "Document",
        "FigureSet",
        "Notice",
        "ParameterValue",
        "Publication",
        "Sampling",
        "TextVersion",
    }


@pytest.mark.django_db
def test_every_door_opens_for_somebody_who_holds_nothing(world: World) -> None:
    for model in models():
        assert visible_to(world.stranger, model).count() <= 1, model.__name__
