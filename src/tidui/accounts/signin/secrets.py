"""Keeps secrets of the second factor unreadable in the database, by a key made from the site's secret."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@lru_cache(maxsize=8)
def _key(secret: str) -> Fernet:
    made = HKDF(algorithm=SHA256(), length=32, salt=b"tidui", info=b"second factor").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(made))


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def lock(text: str) -> str:
    """The text so that only this site reads it."""
    return _keys().encrypt(text.encode()).decode()


def unlock(locked: str) -> str:
    """The text; cryptography's InvalidToken if it was locked by another secret."""
    return _keys().decrypt(locked.encode()).decode()
