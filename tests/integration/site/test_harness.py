"""The tests run on the database that they say."""

from __future__ import annotations

import os

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for(request: pytest.FixtureRequest) -> None:
    wanted = {"sqlite": "sqlite", "postgres": "postgresql"}[os.environ.get("TIDUI_TEST_DATABASE", "sqlite")]

    assert connection.vendor == wanted
    assert request.node.get_closest_marker("database")
