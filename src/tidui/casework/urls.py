"""The addresses of this app; each module of pages has its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from tidui.casework.views import applying, beginning, calls, checks, desk, exchanging, printing, tables

app_name = "casework"
urlpatterns: list[URLPattern | URLResolver] = [
    *calls.urlpatterns,
    *applying.urlpatterns,
    *beginning.urlpatterns,
    *tables.urlpatterns,
    *desk.urlpatterns,
    *checks.urlpatterns,
    *exchanging.urlpatterns,
    *printing.urlpatterns,
]
