"""The queue of the worker, whose rows are written with a kept statement: every submission puts one in."""

from __future__ import annotations

from typing import Any

from django_tasks.base import Task
from django_tasks.utils import normalize_json
from django_tasks_db import DatabaseBackend

from tidui.audit import rows


class Backend(DatabaseBackend):  # type: ignore[misc]  # the library tells no types
    """`django_tasks_db` with another way to write the row of a task; all else is its own."""

    def _task_to_db_task(self, task: Task[..., Any], args: Any, kwargs: Any) -> Any:
        from django_tasks_db.models import DBTaskResult, get_date_max  # the models stand only when all apps do

        # What its listener would do to the row before it is saved is done here: no moment means the last one.
        return rows.insert(
            DBTaskResult(
                id=self._get_id(), args_kwargs=normalize_json({"args": args, "kwargs": kwargs}),
                priority=task.priority, task_path=task.module_path, queue_name=task.queue_name,
                run_after=task.run_after or get_date_max(), backend_name=self.alias,
            ),
            listeners_done=True,
        )  # fmt: skip
