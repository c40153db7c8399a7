"""Answers between the applicant and the department: whom it does not want as an expert is nobody else's to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidui.accounts.standing import standing
from tidui.casework.models import Application
from tidui.casework.programme import Programme, Question, programme
from tidui.casework.writing import QUESTION


def reads_sealed(user: Any, application: Application) -> bool:
    """The applicant, the department and inspection do."""
    who = standing(user)
    return who.sees_everything or application.organisation_id in who.ids


def questions_for(user: Any, application: Application, owner: Programme) -> tuple[Question, ...]:
    """The questions whose answers a person may read."""
    if reads_sealed(user, application):
        return owner.form.questions
    return tuple(one for one in owner.form.questions if not one.sealed)


def is_sealed(owner: Programme, field: str) -> bool:
    """Is this the field of a question that not everybody reads?"""
    question = owner.form.question(field.removeprefix(QUESTION)) if field.startswith(QUESTION) else None
    return question is not None and question.sealed


def answers_for(user: Any, application: Application, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a submission that a person may read."""
    owner = programme(application.programme)
    hidden = {one.name for one in owner.form.questions} - {one.name for one in questions_for(user, application, owner)}
    return {name: answer for name, answer in answers.items() if name not in hidden}
