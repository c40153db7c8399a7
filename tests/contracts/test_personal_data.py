"""Every model says which personal data it holds; the register in the docs says the same; every table of ours is looked at."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.utils import translation

from tidui.audit import personal, register, tamper

DOCS = Path(__file__).resolve().parents[2] / "docs" / "operators" / "personal-data.md"
#: Names of fields that hold something about a person in most models.
TELLING = {"mobile", "email", "phone", "telephone", "address", "ip", "ip_address", "user_agent", "id_number"}
#: Tables of ours that are not watched, and why.
UNWATCHED = {
    "audit_tamperrow": "is the log itself, and sealed",
    "accounts_passwordduty": "goes when the password is changed",
    "cultivation_placement": "is worked out again from the accepted facts",
    "kit_delivery": "an outbox", "kit_message": "a copy of what was told", "kit_job": "work under way",
    "kit_periodicrun": "work under way", "kit_workerpulse": "work under way", "kit_savedview": "a person's own",
    "kit_searchentry": "is made again from the records", "kit_upload": "not yet a file",
    "registry_draft": "not yet filed", "registry_import": "work under way",
    "casework_series": "numbers given stand in what they number", "casework_urge": "a copy of what was told",
    "casework_trace": "is worked out again from what was submitted", "recognition_reminder": "a copy of what was told",
    "figures_line": "is worked out again from the applications", "casework_draftrow": "not yet submitted",
    "recognition_previewrow": "is worked out again from applications and accepted facts",
}  # fmt: skip


def test_every_model_declares_its_personal_data_or_that_it_has_none() -> None:
    said = {one.model for one in personal.declared()} | set(personal.declared_none())

    assert [model._meta.label for model in apps.get_models() if model not in said] == []


def test_no_model_says_both() -> None:
    assert {one.model for one in personal.declared()} & set(personal.declared_none()) == set()


def test_a_field_that_tells_of_a_person_is_declared() -> None:
    declared = {(one.model, name) for one in personal.declared() for name in one.fields}
    telling = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if field.name in TELLING
    }

    assert [f"{model._meta.label}.{name}" for model, name in telling - declared] == []


def test_the_register_in_the_docs_is_fresh() -> None:
    with translation.override("en"):
        assert DOCS.read_text("utf-8") == register.page(), (
            "run: tidui audit personal-data --lang en > docs/operators/personal-data.md"
        )


def test_every_table_of_ours_is_watched_or_says_why_not() -> None:
    ours = {
        model._meta.db_table
        for label in ("audit", "kit", "accounts", "registry", "casework", "review", "recognition", "cultivation", "figures")
        for model in apps.get_app_config(label).get_models()
    }

    assert sorted(ours - set(tamper.watched()) - set(UNWATCHED)) == []
