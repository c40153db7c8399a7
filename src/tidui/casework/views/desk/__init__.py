"""The officer's pages: worklists, the page of a case, decisions one by one and in bulk, proposals, urging."""

from __future__ import annotations

from django.urls import URLPattern, path

from tidui.casework.views.desk import bulk, case, deciding, proposals, worklists

urlpatterns: list[URLPattern] = [
    path("desk/", worklists.desk, name="desk"),
    path("desk/returned/", worklists.returned, name="returned"),
    path("desk/bulk/", bulk.preview, name="bulk"),
    path("desk/bulk/start/", bulk.start, name="bulk_start"),
    path("desk/bulk/<uuid:pk>/", bulk.result, name="bulk_result"),
    path("desk/bulk/<uuid:pk>/results.xlsx", bulk.workbook, name="bulk_workbook"),
    path("desk/<int:pk>/", deciding.review, name="review"),
    path("desk/<int:pk>/decide/", deciding.decide, name="decide"),
    path("applications/all/", worklists.everything, name="all"),
    path("applications/<int:pk>/", case.case, name="case"),
    path("applications/<int:pk>/urge/", case.urge, name="urge"),
    path("applications/<int:pk>/recall/", case.recall, name="recall"),
    path("applications/<int:pk>/refuse-overdue/", case.refuse_overdue, name="refuse_overdue"),
    path("steps/<int:pk>/undo/", case.undo, name="undo"),
    path("proposals/", worklists.proposals, name="proposals"),
    path("proposals/<int:pk>/", proposals.proposal, name="proposal"),
    path("proposals/<int:pk>/answer/", proposals.answer, name="answer_proposal"),
    path("proposals/<int:pk>/retract/", proposals.retract, name="retract_proposal"),
]
