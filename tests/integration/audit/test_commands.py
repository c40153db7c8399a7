"""`tidui audit` and `tidui forget`: what they print, and their exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.integration.audit.attacks import behind
from tests.people import World, make_user
from tidui.accounts.models import User
from tidui.audit.models import Event, Seal
from tidui.cli.main import main

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: LazySettings, tmp_path: Path, world: World) -> Path:
    """A home of its own for published heads, and something to look at."""
    settings.HOME = tmp_path
    return tmp_path


def test_verify_says_that_all_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", "--lang", "en"]) == 0
    assert "sound: nothing changed, removed, inserted or cut" in capsys.readouterr().out


def test_verify_names_what_was_changed_and_ends_with_1(capsys: pytest.CaptureFixture[str], world: World) -> None:
    behind("UPDATE accounts_user SET name = %s WHERE id = %s", "别人", world.clerk_a.pk)

    assert main(["audit", "verify", "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert f"accounts_user #{world.clerk_a.pk}: changed" in said
    assert "name was logged as 小白 and is 别人" in said and "Problems found: 1" in said

    assert main(["audit", "verify", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["sound"], report["findings"][0]["columns"]) == (False, ["name"])


def test_publish_prints_a_head_that_verify_accepts(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert main(["audit", "publish"]) == 0
    printed = capsys.readouterr().out
    [file] = sorted((home / "published").iterdir())
    assert Seal.objects.get().digest in printed

    assert main(["audit", "verify", "--head", str(file)]) == 0
    behind("DELETE FROM audit_seal")
    assert main(["audit", "verify", "--head", str(file)]) == 1


def test_a_file_that_is_no_head_or_not_there_is_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "other.json").write_text("{}")

    assert main(["audit", "verify", "--head", str(home / "other.json")]) == 2
    assert main(["audit", "verify", "--head", str(home / "none.json")]) == 2
    assert "not a published head" in capsys.readouterr().err


def test_seal_says_what_it_closed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "seal", "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("seal 1: ")
    assert main(["audit", "seal"]) == 0
    assert Seal.objects.count() == 1


def test_forget_only_says_what_would_go_until_it_is_told_yes(capsys: pytest.CaptureFixture[str]) -> None:
    person = make_user("qian", "钱多多")

    assert main(["forget", "--person", "qian", "--lang", "en"]) == 0
    assert "would empty" in capsys.readouterr().out
    assert User.objects.get(pk=person.pk).name == "钱多多"

    assert main(["forget", "--person", "qian", "--yes", "--lang", "en"]) == 0
    assert "emptied" in capsys.readouterr().out
    assert User.objects.get(pk=person.pk).name == "已删除的人员"
    assert main(["audit", "verify"]) == 0


def test_forget_says_what_must_stay_and_why(capsys: pytest.CaptureFixture[str], world: World) -> None:
    assert main(["forget", "--person", world.county_officer.username, "--lang", "en"]) == 0

    said = capsys.readouterr().out
    assert "must stay: Person" in said and world.county.name in said and "nothing can be removed" in said


def test_forget_refuses_a_person_who_is_not_there_and_one_who_was_tampered_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    person = make_user("qian", "钱多多")
    behind("UPDATE accounts_user SET mobile = %s WHERE id = %s", "13800000000", person.pk)

    assert main(["forget", "--person", "nobody"]) == 2
    assert main(["forget", "--person", "qian", "--yes"]) == 1
    assert "does not match the tamper log" in capsys.readouterr().err
    assert not Event.objects.filter(verb="audit.forget").exists()


def test_what_expired_goes_only_when_told_yes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget", "--expired"]) == 0
    assert main(["forget", "--unconfirmed", "--uscc", "91620102MA00000000"]) == 0
    assert capsys.readouterr().out == ""
