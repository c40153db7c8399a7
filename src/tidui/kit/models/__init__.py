"""The tables of the kit: jobs, messages, reference data, stored files."""

from tidui.kit.models.files import StoredFile, Upload
from tidui.kit.models.jobs import ENDED, Job, JobState
from tidui.kit.models.messages import Channel, Delivery, DeliveryState, Message
from tidui.kit.models.reference import CalendarDay, CalendarYear, DivisionChange, ParameterValue, TextVersion
from tidui.kit.models.search import SearchEntry
from tidui.kit.models.views import SavedView
from tidui.kit.models.work import PeriodicRun, WorkerPulse

__all__ = [
    "ENDED",
    "CalendarDay",
    "CalendarYear",
    "Channel",
    "Delivery",
    "DeliveryState",
    "DivisionChange",
    "Job",
    "JobState",
    "Message",
    "ParameterValue",
    "PeriodicRun",
    "SavedView",
    "SearchEntry",
    "StoredFile",
    "TextVersion",
    "Upload",
    "WorkerPulse",
]
