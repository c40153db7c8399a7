"""What a submission holds is long JSON, packed by the database; where it knows lz4, that is packed faster."""

from typing import Any

from django.db import migrations

COLUMNS = ("facts", "stated", "answers", "result")


def pack_with_lz4(apps: Any, schema_editor: Any) -> None:
    """A server that was built without lz4 goes on as it did; what is packed already stays as it is."""
    if schema_editor.connection.vendor != "postgresql":
        return
    changes = ", ".join(f"ALTER COLUMN {name} SET COMPRESSION lz4" for name in COLUMNS)
    schema_editor.execute(
        f"DO $$ BEGIN ALTER TABLE casework_submission {changes};"
        " EXCEPTION WHEN feature_not_supported THEN NULL; END $$"
    )


class Migration(migrations.Migration):
    dependencies = [("casework", "0007_who_sent_it_back")]

    operations = [migrations.RunPython(pack_with_lz4, migrations.RunPython.noop)]
