"""A statement may have more values than PostgreSQL takes beside it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from tidui.site.postgresql.base import MOST_VALUES

pytestmark = pytest.mark.django_db


def test_a_list_of_all_enterprises_may_be_asked_for() -> None:
    people = get_user_model().objects
    person = people.create_user("clerk", name="100% 甘肃 %s")
    found = people.filter(pk__in=[person.pk, *range(10**6, 10**6 + MOST_VALUES)], name="100% 甘肃 %s")
    assert list(found.values_list("pk", flat=True)) == [person.pk]
