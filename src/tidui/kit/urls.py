"""The addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tidui.kit.views import components, files, jobs, messages, reference, site

app_name = "kit"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", site.front, name="front"),
    path("language/", site.choose_language, name="language"),
    path("theme/", site.choose_theme, name="theme"),
    path("session/", site.session, name="session"),
    path("components/", components.components, name="components"),
    path("components/confirm/", components.confirm_sample, name="confirm_sample"),
    path("jobs/", jobs.all_jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.show, name="job"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="cancel_job"),
    path("messages/", messages.inbox, name="messages"),
    path("messages/read/", messages.read_all, name="read_messages"),
    path("messages/<int:message_id>/", messages.show, name="message"),
    path("calendar/", reference.calendar, name="calendar"),
    path("calendar/<int:year>/", reference.calendar, name="calendar_of"),
    path("calendar/<int:year>/edit/", reference.edit_calendar, name="edit_calendar"),
    path("administration/divisions/", reference.division_table, name="divisions"),
    path("administration/parameters/", reference.parameter_table, name="parameters"),
    path("administration/parameters/<str:name>/", reference.parameter, name="parameter"),
    path("administration/texts/", reference.text_table, name="texts"),
    path("administration/texts/<str:key>/<str:language>/", reference.text, name="text"),
    path("administration/deliveries/", messages.deliveries, name="deliveries"),
    path("files/<int:pk>/", files.download, name="file"),
    path("uploads/", files.begin, name="uploads"),
    path("uploads/<uuid:key>/", files.piece, name="upload"),
    path("uploads/<uuid:key>/finish/", files.finish, name="finish_upload"),
]
