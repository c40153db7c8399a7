"""What people do to organisations and to one another's roles; each writes its event in the same transaction."""

from tidui.accounts.actions.absences import delegate, end_delegation, hand_over
from tidui.accounts.actions.addressing import readdress
from tidui.accounts.actions.joining import (
    ask_to_join,
    confirm_request,
    refuse_request,
    register_person,
    withdraw_request,
)
from tidui.accounts.actions.members import accept_invitation, give_role, invite, revoke_role, withdraw_invitation
from tidui.accounts.actions.organisations import (
    NewOrganisation,
    change_organisation,
    close_organisation,
    found_many,
    found_organisation,
    merge_units,
)
from tidui.accounts.actions.profile import edit_profile
from tidui.accounts.actions.reach import end_reach, give_reach

__all__ = [
    "NewOrganisation",
    "accept_invitation",
    "ask_to_join",
    "change_organisation",
    "close_organisation",
    "confirm_request",
    "delegate",
    "edit_profile",
    "end_delegation",
    "end_reach",
    "found_many",
    "found_organisation",
    "give_reach",
    "give_role",
    "hand_over",
    "invite",
    "merge_units",
    "readdress",
    "refuse_request",
    "register_person",
    "revoke_role",
    "withdraw_invitation",
    "withdraw_request",
]
