"""One play of the script for the tests of a module, in a transaction that is taken back; each test is a savepoint in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.rehearsal.playing import Play
from tests.integration.rehearsal.script import register


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any) -> Iterator[Play]:
    """The year as it was played."""
    with django_db_blocker.unblock():
        from django.core.cache import cache
        from django.db import transaction

        from tests.people import make_world
        from tidui.kit import stamp

        cache.clear()
        stamp.forget_all()
        with transaction.atomic():
            play = Play(make_world(), register())
            play.play()
            yield play
            transaction.set_rollback(True)
        stamp.forget_all()
