"""Nothing classified enters casework: every text that people type there is looked at, by its form and by its action."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django import forms
from django.utils import timezone
from tests.casework import accepted, confirmed, make_call, submitted
from tests.integration.recognition.held import number_of
from tests.integration.recognition.noticing import batch_at_notice, objected, shown, taken_up
from tests.people import World

import tidui.casework
import tidui.figures
import tidui.recognition
import tidui.review
from tidui.casework import actions, bulk
from tidui.casework.actions import calls, clearing, taking_back, urging, writing
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.models import Finding
from tidui.figures import freezing
from tidui.kit import files
from tidui.kit.access import NotAllowed
from tidui.recognition.actions import notices, objections, revocation, sampling
from tidui.recognition.enums import Ground

SECRET = "机密★10年"
#: Texts of a fixed form, and the reason that only shows how a letter would read.
NO_PROSE = {
    "ObjectionForm.mobile", "ObjectionForm.website", "ReceiptForm.receipt", "VerifyForm.number", "StampedForm.mark",
    "PasteForm.lines", "LetterForm.reason", "StandInForm.seed",
    # A table is checked cell by cell; secrets, numbers, sign-in names and accounts are no prose.
    "LoadForm.pasted", "CommitForm.said", "CommitForm.digest", "OpenForm.said", "NumberForm.number",
    "ExpertForm.account", "AccountForm.username",
}  # fmt: skip


def written() -> Iterator[tuple[str, forms.Field]]:
    """Every field of a form of these rooms into which people write."""
    for room in (tidui.casework, tidui.review, tidui.recognition, tidui.figures):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if ".migrations" in found.name:
                continue
            module = importlib.import_module(found.name)
            for made in vars(module).values():
                if isinstance(made, type) and issubclass(made, forms.Form) and made.__module__ == found.name:
                    for name, field in made.base_fields.items():
                        if type(field) is forms.CharField:
                            yield f"{made.__name__}.{name}", field


def test_every_field_for_words_refuses_what_is_classified() -> None:
    fields = dict(written())
    assert len(fields) > 20
    open_ones = {name for name, field in fields.items() if files.validate_open not in field.validators}
    assert open_ones == NO_PROSE


pytestmark = pytest.mark.django_db


def refused(action: Callable[..., Any], /, **given: Any) -> None:
    """The action says why it does not take the text."""
    with pytest.raises(NotAllowed) as told:
        action(**{"at": timezone.now(), **given})
    assert told.value.refused.code == "classified"


def test_actions_of_a_case_refuse_it_too(world: World) -> None:
    call, by, clerk = make_call(world), world.department_officer, world.agency_clerk
    sent = submitted(world, call)
    seen = sent.version
    found = Finding.objects.create(
        application=sent, kind=FindingKind.WARNING, weight=Weight.NOTE, key="k", found_at=timezone.now()
    )
    refused(actions.move, application=sent, name="return", by=clerk, seen=seen, reason=SECRET)
    refused(actions.withdraw, application=sent, by=world.clerk_a, seen=seen, reason=SECRET)
    refused(urging.urge, application=sent, by=by, note=SECRET)
    refused(clearing.clear, finding=found, by=clerk, reason=SECRET)
    refused(bulk.start, applications={sent.pk: seen}, stage="agency_check", move="return", reason=SECRET, title="t", by=clerk)
    refused(calls.close_call, call=call, reason=SECRET, by=by)
    refused(calls.open_batch, call=call, title=SECRET, by=by)
    step = actions.move(application=sent, name="return", by=clerk, at=timezone.now(), seen=seen, reason="补正")
    refused(actions.undo, step=step, by=clerk, reason=SECRET)
    sent.refresh_from_db()
    refused(
        writing.save_field, application=sent, name="q.products", text=SECRET, base=0, unit="元", by=world.clerk_a
    )
    assert "q.products" not in type(sent).objects.get(pk=sent.pk).answers


def test_actions_after_the_notice_refuse_it_too(world: World) -> None:
    by = world.department_officer
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    refused(notices.withdraw_notice, notice=notice, reason=SECRET, by=by)
    taken = taken_up(world, objected(notice, made[0]))
    refused(objections.investigate, objection=taken, text=SECRET, by=by, seen=taken.version)
    refused(objections.dismiss_objection, objection=taken, answer=SECRET, by=by, seen=taken.version)
    refused(objections.uphold_objection, objection=taken, answer="属实", reason=SECRET, by=by, seen=taken.version)
    held = number_of(world, world.zoned)
    refused(revocation.open_revocation, recognition=held, ground=Ground.CONDITIONS, evidence=SECRET, by=by)
    refused(
        sampling.freeze, programme_name="tech-sme", year=held.year, seed_source=SECRET,
        seed_on=timezone.localdate() + timezone.timedelta(days=2), by=by,
    )  # fmt: skip
    refused(freezing.freeze, programme_name="tech-sme", year=batch.call.year, title="统计", note=SECRET, by=by)


def test_an_overdue_correction_is_not_refused_with_it(world: World) -> None:
    sent = submitted(world, make_call(world))
    step = actions.move(
        application=sent, name="return", by=world.agency_clerk, at=timezone.now(), seen=sent.version, reason="补正"
    )
    held = step.application
    type(held).objects.filter(pk=held.pk).update(due_on="2020-01-01")
    held.refresh_from_db()
    refused(
        taking_back.recall, application=held, by=world.agency_clerk, seen=held.version, reason=SECRET
    )


def test_a_confirmed_case_does_not_leave_its_batch_with_it(world: World) -> None:
    from tidui.casework.actions import batches

    held = confirmed(world, accepted(world, submitted(world, make_call(world))))
    refused(batches.take_out, application=held, reason=SECRET, by=world.department_officer, seen=held.version)
