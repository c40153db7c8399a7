"""The addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tidui.accounts.auditing.urls import urlpatterns as auditing
from tidui.accounts.views import joining, members, organisations, profile, reach

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("organisations/", organisations.organisation_list, name="organisations"),
    path("organisations/new/", organisations.found_organisation, name="found"),
    path("organisations/<int:pk>/", organisations.organisation, name="organisation"),
    path("organisations/<int:pk>/rename/", organisations.rename, name="rename"),
    path("organisations/<int:pk>/move/", organisations.move, name="move"),
    path("organisations/<int:pk>/close/", organisations.close, name="close"),
    path("organisations/<int:pk>/merge/", organisations.merge, name="merge"),
    path("organisations/<int:pk>/members/", members.members, name="members"),
    path("organisations/<int:pk>/members/past/", members.past_members, name="past_members"),
    path("organisations/<int:pk>/members/give/", members.give_role, name="give_role"),
    path("organisations/<int:pk>/delegations/", members.delegations, name="delegations"),
    path("organisations/<int:pk>/invitations/", members.invitations, name="invitations"),
    path("organisations/<int:pk>/invite/", members.invite, name="invite"),
    path("members/<int:pk>/", members.member, name="member"),
    path("members/<int:pk>/revoke/", members.revoke, name="revoke"),
    path("members/<int:pk>/hand-over/", members.hand_over, name="hand_over"),
    path("members/<int:pk>/delegate/", members.delegate, name="delegate"),
    path("delegations/<int:pk>/", members.delegation, name="delegation"),
    path("invitations/<int:pk>/", members.invitation, name="invitation"),
    path("reach/", reach.reach_list, name="reaches"),
    path("reach/new/", reach.give_reach, name="give_reach"),
    path("reach/check/", reach.check_reach, name="check_reach"),
    path("reach/<int:pk>/", reach.reach_row, name="reach_row"),
    path("sign-up/", joining.sign_up, name="sign_up"),
    path("sign-up/done/", joining.signed_up, name="signed_up"),
    path("join/", joining.join, name="join"),
    path("join/requests/", joining.request_list, name="requests"),
    path("join/requests/decided/", joining.request_list, {"decided": True}, name="decided_requests"),
    path("join/requests/<int:pk>/", joining.join_request, name="request"),
    path("join/<str:token>/", joining.accept, name="accept"),
    path("me/", profile.profile, name="profile"),
    path("me/edit/", profile.edit_profile, name="edit_profile"),
    path("my-organisation/", profile.my_organisation, name="my_organisation"),
    *auditing,
]
