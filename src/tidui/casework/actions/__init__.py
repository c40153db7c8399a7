"""What is done to applications; each action asks for permission, changes, and writes its event in one transaction."""

from tidui.casework.actions.applying import Submitted, begin, submit, withdraw
from tidui.casework.actions.moving import (
    Stale,
    advance,
    confirm,
    locked,
    move,
    undo,
)

__all__ = [
    "Stale",
    "Submitted",
    "advance",
    "begin",
    "confirm",
    "locked",
    "move",
    "submit",
    "undo",
    "withdraw",
]
