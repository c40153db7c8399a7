"""The addresses of this app; each module of pages has its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from tidui.recognition.views import after, certificates, meetings, notices, numbers, previewing, verifying, years

app_name = "recognition"
urlpatterns: list[URLPattern | URLResolver] = [
    *notices.urlpatterns,
    *verifying.urlpatterns,
    *numbers.urlpatterns,
    *after.urlpatterns,
    *meetings.urlpatterns,
    *certificates.urlpatterns,
    *previewing.urlpatterns,
    *years.urlpatterns,
]
