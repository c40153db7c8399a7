"""Static files under names that hold their hash, compressed; whoever asks for one may keep it for ever."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Hashed names once the files were collected; plain names before, in development and in tests."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[str, Any] = {}

    def url(self, name: str | None, force: bool = False) -> Any:
        """The address of a file; ValueError for one that is not there."""
        if settings.WHITENOISE_USE_FINDERS and not force:
            return f"{self.base_url}{name}"
        if force or name is None:
            return super().url(name, force)
        if name not in self._addresses:  # what was collected stays as it is while the process runs
            self._addresses[name] = super().url(name)
        return self._addresses[name]
