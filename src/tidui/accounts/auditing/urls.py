"""The addresses of inspection and audit, in the names of accounts."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tidui.accounts.auditing import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("audit/", views.overview, name="audit"),
    path("audit/events/", views.event_list, name="audit_events"),
    path("audit/people/<int:pk>/", views.person_events, name="audit_person"),
    path("audit/organisations/<int:pk>/", views.organisation_events, name="audit_organisation"),
    path("audit/records/<str:label>/<str:key>/", views.record, name="audit_record"),
    path("audit/seals/", views.seal_list, name="audit_seals"),
    path("audit/verify/", views.start_verification, name="audit_verify"),
    path("audit/verifications/<uuid:job_id>/", views.verification, name="audit_verification"),
    path("audit/personal-data/", views.personal_data, name="audit_personal_data"),
    path("audit/heads/", views.heads, name="audit_heads"),
]
