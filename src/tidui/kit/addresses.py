"""Addresses that every page shows: worked out once in each process instead of at each request."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse


def addresses(names: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of pages that take nothing but their name."""
    return _addresses(names, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=64)
def _addresses(names: tuple[str, ...], urlconf: str, prefix: str) -> tuple[str, ...]:
    """They depend on the routes and on the folder that the site is served from, and on nothing else."""
    return tuple(reverse(name) for name in names)
