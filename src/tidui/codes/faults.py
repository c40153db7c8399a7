"""How a value that cannot be read is refused."""

from __future__ import annotations


class BadValue(ValueError):
    """A value that cannot be what is asked for: `message` says why, `instead` what to write."""

    def __init__(self, message: str, instead: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.instead = instead

    def __reduce__(self) -> tuple[type[BadValue], tuple[str, str | None]]:
        return BadValue, (self.message, self.instead)


def quoted(raw: object) -> str:
    """A given value as it is shown in a message: cut to 60 characters, control characters made visible."""
    text = raw if isinstance(raw, str) else _shown(raw)
    text = text if len(text) <= 60 else text[:57] + "…"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def _shown(raw: object) -> str:
    if isinstance(raw, int) and raw.bit_length() > 1000:
        return f"a whole number of {raw.bit_length()} bits"
    try:
        return str(raw)
    except Exception:  # a foreign object's own __str__ may raise anything
        return f"a {type(raw).__name__}"
