"""What people do with enterprise files."""

from tidui.registry.actions.bulk import Counted, Item, file_many
from tidui.registry.actions.drafts import discard_draft, file_draft, save_field, save_texts
from tidui.registry.actions.filing import Filed, FiledAll, file_return, file_returns, keys_of_returns, rebuild
from tidui.registry.actions.property import (
    Details,
    change_property,
    complete_property,
    correct_use,
    enter_many,
    enter_property,
    strike_property,
    use_property,
)
from tidui.registry.actions.settling import settle, unverify, verify, verify_accepted

__all__ = [
    "Counted",
    "Details",
    "Filed",
    "FiledAll",
    "Item",
    "change_property",
    "complete_property",
    "correct_use",
    "discard_draft",
    "enter_many",
    "enter_property",
    "file_draft",
    "file_many",
    "file_return",
    "file_returns",
    "keys_of_returns",
    "rebuild",
    "save_field",
    "save_texts",
    "settle",
    "strike_property",
    "unverify",
    "use_property",
    "verify",
    "verify_accepted",
]
