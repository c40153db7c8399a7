"""Addresses that every page shows: worked out once in each process instead of at each request."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse


def address(name: str) -> str:
    """The address of a page that takes nothing but its name."""
    return _address(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=1024)
def _address(name: str, urlconf: str, prefix: str) -> str:
    """It depends on the routes and on the folder that the site is served from, and on nothing else."""
    return reverse(name)
