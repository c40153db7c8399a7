"""The addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tidui.cultivation import views

app_name = "cultivation"
urlpatterns: list[URLPattern | URLResolver] = [
    path("register/", views.register, name="register"),
    path("register/screen/", views.screen, name="screen"),
    path("enterprises/<int:organisation_id>/", views.first_page, name="first_page"),
    path("enterprises/<int:organisation_id>/marks/", views.mark_oneself, name="mark_oneself"),
    path("enterprises/<int:organisation_id>/policies/<str:authority>/<str:name>/", views.policy, name="policy"),
]
