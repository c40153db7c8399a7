"""The addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tidui.figures import views

app_name = "figures"
urlpatterns: list[URLPattern | URLResolver] = [
    path("figures/", views.figures, name="figures"),
    path("figures/sets/<int:pk>/", views.figure_set, name="set"),
    path("figures/sets/<int:pk>/publish/", views.publish, name="publish"),
    path("figures/<slug:programme>/<int:year>/", views.year, name="year"),
    path("figures/<slug:programme>/<int:year>/by/<slug:dimension>/", views.by, name="by"),
    path("figures/<slug:programme>/<int:year>/export/", views.export, name="export"),
    path("figures/<slug:programme>/<int:year>/freeze/", views.freeze, name="freeze"),
    path("figures/<slug:programme>/<int:year>/records/<slug:indicator>/", views.records, name="records"),
    path(
        "figures/<slug:programme>/<int:year>/records/<slug:indicator>/<slug:dimension>/<str:value>/", views.records,
        name="records_by",
    ),
]
