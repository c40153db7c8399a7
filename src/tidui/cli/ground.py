"""What every command of the site does first: wake Django, with what is wrong said in one line."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from tidui.cli.main import UsageError


def wake() -> None:
    """Set Django up with the settings of the environment; UsageError where that cannot be."""
    if importlib.util.find_spec("django") is None:
        raise UsageError("the site is not installed: pip install tidui[site]")
    import django
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidui.site.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise UsageError(str(error)) from None
    from django.conf import settings

    home = Path(settings.HOME)
    for folder in (home, home / "files"):
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
