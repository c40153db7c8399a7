"""The addresses of this app; each module of pages has its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from tidui.review.views import drawing, experts, fees, field, reviewing, sheets, visits

app_name = "review"
urlpatterns: list[URLPattern | URLResolver] = [
    *experts.urlpatterns,
    *fees.urlpatterns,
    *drawing.urlpatterns,
    *sheets.urlpatterns,
    *reviewing.urlpatterns,
    *visits.urlpatterns,
    *field.urlpatterns,
]
