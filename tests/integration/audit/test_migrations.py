"""The triggers follow the models: a table that is watched, left, or has other columns; and nothing wrong is made right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone

from tests.integration.audit.attacks import behind, findings
from tests.people import World
from tidui.accounts.models import Reach
from tidui.audit import install, tamper
from tidui.audit.models import Event, Operation, Shape, TamperRow

pytestmark = pytest.mark.django_db

REACH = Reach._meta.db_table


@pytest.fixture
def reach(world: World, monkeypatch: pytest.MonkeyPatch) -> Reach:
    """A row of a watched table; the list of tables is put back at the end."""
    monkeypatch.setattr(tamper, "_watched", dict(tamper.watched()))
    found = Reach.objects.first()
    assert found is not None
    return found


def migrate() -> None:
    """What happens around a migration that has something to do."""
    install.before_migration(None, "default", ["a step"])
    install.after_migration(None, "default")


def cover_less() -> None:
    """As if a migration had taken a column away."""
    tamper._watched[REACH] = replace(tamper.watched()[REACH], ignore=frozenset({"reason"}))


def test_a_table_that_leaves_the_list_loses_its_triggers(reach: Reach) -> None:
    tamper.unwatch(Reach)
    migrate()

    assert install.faults(connection) == []
    Reach.objects.filter(pk=reach.pk).update(reason="没有人看见")
    assert not TamperRow.objects.filter(table=REACH, operation=Operation.UPDATE).exists()
    assert Event.objects.filter(verb="audit.unwatch").count() == 1


def test_a_table_that_comes_back_is_logged_as_it_stands(reach: Reach) -> None:
    kept = tamper.watched()[REACH]
    tamper.unwatch(Reach)
    migrate()
    Reach.objects.filter(pk=reach.pk).update(reason="没有人看见")
    tamper._watched[REACH] = kept
    migrate()

    assert findings() == []
    assert [row.row for row in TamperRow.objects.filter(table=REACH, operation="B")] == [str(reach.pk)]
    Reach.objects.filter(pk=reach.pk).update(reason="又看见了")
    assert TamperRow.objects.filter(table=REACH, operation="U").count() == 1


def test_other_columns_make_new_triggers_and_new_images(reach: Reach) -> None:
    shapes = Shape.objects.filter(table=REACH).count()
    cover_less()
    migrate()

    assert Shape.objects.filter(table=REACH).count() == shapes + 1
    assert findings() == []
    Reach.objects.filter(pk=reach.pk).update(reason="不再记录")
    assert not TamperRow.objects.filter(table=REACH, operation="U").exists()
    behind(f"UPDATE {REACH} SET since = '2019-01-01' WHERE id = %s", reach.pk)
    assert findings() == [("changed", REACH, str(reach.pk))]


def test_a_row_that_was_wrong_before_a_migration_is_wrong_after_it(reach: Reach) -> None:
    behind(f"UPDATE {REACH} SET since = '2019-01-01' WHERE id = %s", reach.pk)
    cover_less()
    migrate()

    assert findings() == [("changed", REACH, str(reach.pk))]


def test_what_a_migration_writes_is_logged_as_it_stands(reach: Reach) -> None:
    install.before_migration(None, "default", ["a step"])
    Reach.objects.filter(pk=reach.pk).update(reason="迁移所写")
    install.after_migration(None, "default")

    assert findings() == []
    assert Event.objects.filter(verb="audit.watch", at__lte=timezone.now()).count() == 1


def test_a_trigger_that_somebody_dropped_is_made_again(reach: Reach) -> None:
    with connection.cursor() as cursor:
        for statement in install._drops(connection, set()):
            cursor.execute(statement)
    assert findings() != []
    install.after_migration(None, "default")

    assert findings() == []
