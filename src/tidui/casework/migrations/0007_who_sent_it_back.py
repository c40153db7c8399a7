"""Applications that are out for correction get the organisation of the step that sent them back."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    Step = apps.get_model("casework", "Step")
    last = Step.objects.filter(application=OuterRef("pk"), number=OuterRef("version"), to="correction")
    rows = apps.get_model("casework", "Application").objects.filter(state="correction")
    rows.update(sent_back_by=Subquery(last.values("by_unit")[:1]))


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0006_counted_from_indexes'),
    ]

    operations = [
        # A migration of its own: PostgreSQL makes no index on a table whose rows were changed in the transaction.
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
