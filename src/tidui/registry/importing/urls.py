"""The addresses of imports and exports; they belong to the names of the app `registry`."""

from __future__ import annotations

from django.urls import path

from tidui.registry.importing import export_views, views

urlpatterns = [
    path("import/", views.imports, name="imports"),
    path("import/new/", views.hand_in, name="new_import"),
    path("import/template/<slug:name>/", views.template, name="import_template"),
    path("import/<uuid:key>/", views.show, name="import"),
    path("import/<uuid:key>/start/", views.start, name="start_import"),
    path("import/<uuid:key>/leave/", views.leave, name="leave_import"),
    path("export/", export_views.register, name="export_register"),
    path("export/<int:organisation>/<slug:shape>/", export_views.one, name="export_file"),
]
