"""What is done to applications; each action asks for permission, changes, and writes its event in one transaction."""

from tidui.casework.actions.applying import Submitted, begin, submit, withdraw
from tidui.casework.actions.moving import (
    RowResult,
    Stale,
    advance,
    confirm,
    locked,
    move,
    move_many,
    undo,
)

__all__ = [
    "RowResult",
    "Stale",
    "Submitted",
    "advance",
    "begin",
    "confirm",
    "locked",
    "move",
    "move_many",
    "submit",
    "undo",
    "withdraw",
]
