"""What the kit's lists, search and files plant for the walk over every route."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests import walk
from tidui.kit import files, search
from tidui.kit.models import SavedView, Upload

OWN = ("clerk_b",)


@walk.plants
def rows(garden: walk.Garden) -> None:
    """An export of somebody at enterprise `b`, a file on its way, a saved view, and words that are searched."""
    world, now = garden.world, timezone.now()
    content = SimpleUploadedFile("x.txt", garden.mark("content of an export", seers=OWN).encode())
    name = garden.mark("file name of an export", seers=OWN)
    received = files.receive(content, kind="kit.export", name=f"{name}.txt", own=True)
    garden.things["export"] = files.keep(received, by=world.clerk_b, at=now, about=garden.things.get("job"))
    garden.things["upload"] = Upload.objects.create(
        kind="kit.export", name=garden.mark("name of a file on its way", seers=OWN, shown=False), size=9, by=world.clerk_b
    )
    SavedView.objects.create(
        user=world.clerk_b, list_name="kit.jobs", name=garden.mark("name of a saved view", seers=OWN), query="state=done"
    )
    search.index(world.clerk_b, garden.mark("words that are searched", shown=False))


def _export(garden: walk.Garden) -> list[int]:
    return [garden.things["export"].pk]


def _upload(garden: walk.Garden) -> list[str]:
    return [str(garden.things["upload"].pk)]


walk.example("kit:file", _export)
walk.writes("kit:file", "audit_event", "downloads of sensitive kinds are written down")
walk.example("kit:upload", _upload)
walk.example("kit:finish_upload", _upload)
walk.post("kit:finish_upload", lambda garden: {})
