"""Which rows of the kit's own tables a person may see."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tidui.kit import access
from tidui.kit.models import (
    CalendarDay,
    CalendarYear,
    Delivery,
    DivisionChange,
    Job,
    Message,
    ParameterValue,
    PeriodicRun,
    SavedView,
    SearchEntry,
    StoredFile,
    TextVersion,
    Upload,
    WorkerPulse,
)
from tidui.kit.visibility import door


@door(Job)
def jobs(user: Any) -> QuerySet[Job]:
    """Everybody sees the jobs that they asked for."""
    return Job.objects.filter(owner_id=user.pk).order_by("-created_at", "pk")


@door(Message)
def messages(user: Any) -> QuerySet[Message]:
    """Everybody sees the messages that they received."""
    return Message.objects.filter(recipient_id=user.pk).order_by("-sent_at", "-pk")


@door(Delivery)
def deliveries(user: Any) -> QuerySet[Delivery]:
    """Administrators see what left the site and what did not."""
    rows = Delivery.objects.order_by("-next_at", "-pk")
    return rows if access.check("kit.administer", user) else rows.none()


@door(CalendarDay)
def calendar_days(user: Any) -> QuerySet[CalendarDay]:
    """The calendar is public."""
    return CalendarDay.objects.order_by("day")


@door(CalendarYear)
def calendar_years(user: Any) -> QuerySet[CalendarYear]:
    """The calendar is public."""
    return CalendarYear.objects.order_by("year")


@door(DivisionChange)
def division_changes(user: Any) -> QuerySet[DivisionChange]:
    """Divisions are public."""
    return DivisionChange.objects.order_by("since", "code", "pk")


@door(ParameterValue)
def parameter_values(user: Any) -> QuerySet[ParameterValue]:
    """Administrators see parameters with their past."""
    rows = ParameterValue.objects.order_by("name", "since")
    return rows if access.check("kit.administer", user) else rows.none()


@door(TextVersion)
def text_versions(user: Any) -> QuerySet[TextVersion]:
    """Administrators see texts with their past."""
    rows = TextVersion.objects.order_by("key", "language", "version")
    return rows if access.check("kit.administer", user) else rows.none()


@door(WorkerPulse)
def worker_pulses(user: Any) -> QuerySet[WorkerPulse]:
    """Administrators see which workers there are."""
    rows = WorkerPulse.objects.order_by("name")
    return rows if access.check("kit.administer", user) else rows.none()


@door(PeriodicRun)
def periodic_runs(user: Any) -> QuerySet[PeriodicRun]:
    """Administrators see when periodic work is due."""
    rows = PeriodicRun.objects.order_by("name")
    return rows if access.check("kit.administer", user) else rows.none()


@door(StoredFile)
def stored_files(user: Any) -> QuerySet[StoredFile]:
    """In lists everybody sees what they uploaded; one file is got by `files.get_readable`, which asks its kind."""
    return StoredFile.objects.filter(uploaded_by_id=user.pk).order_by("-uploaded_at", "-pk")


@door(Upload)
def uploads(user: Any) -> QuerySet[Upload]:
    """Everybody sees what they are uploading."""
    return Upload.objects.filter(by_id=user.pk).order_by("started_at", "pk")


@door(SavedView)
def saved_views(user: Any) -> QuerySet[SavedView]:
    """Everybody sees the filters that they named."""
    return SavedView.objects.filter(user_id=user.pk).order_by("list_name", "name")


@door(SearchEntry)
def search_entries(user: Any) -> QuerySet[SearchEntry]:
    """Nobody: records are found through `search.matching`, which narrows what a person may see of them."""
    return SearchEntry.objects.order_by("pk").none()
