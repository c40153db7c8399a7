"""The root addresses: each app brings its own."""

from __future__ import annotations

from django.urls import include, path

from tidui.site.views import health

urlpatterns = [
    path("health/", health, name="health"),
    path("", include("tidui.kit.urls")),
    path("", include("tidui.accounts.signin.urls")),
    path("", include("tidui.accounts.urls")),
    path("", include("tidui.registry.urls")),
    path("", include("tidui.casework.urls")),
    path("", include("tidui.review.urls")),
    path("", include("tidui.recognition.urls")),
    path("", include("tidui.cultivation.urls")),
    path("", include("tidui.figures.urls")),
]
handler400 = "tidui.kit.views.errors.bad_request"
handler403 = "tidui.kit.views.errors.forbidden"
handler404 = "tidui.kit.views.errors.not_found"
handler500 = "tidui.kit.views.errors.failed"
