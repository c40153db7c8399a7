"""The peer of a submission: pretalx from the package index, with one event, 64 people and a required file.

It runs in an environment of its own, outside of this repository:

    python -m venv FOLDER/venv && FOLDER/venv/bin/pip install pretalx gunicorn "psycopg[binary]" Faker freezegun

Kind to the peer: its mail goes nowhere, its forms are not drawn between its steps, on SQLite it writes ahead (WAL).
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.web.load import FORM, Browser, fields, multipart, pdf

EVENT: Final = "/democon"
PASSWORD: Final = "Bench-pass-1234"
PEOPLE: Final = 64
SETTINGS: Final = """from pretalx.settings import *
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE", "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-64000",
    }
DATABASES["default"]["CONN_MAX_AGE"] = 60
"""
CONFIG: Final = """[filesystem]
data={folder}
media={folder}/media
logs={folder}/logs
static={folder}/static
[site]
debug=False
url=http://localhost:{port}
https=False
secret=benchsecretbenchsecretbenchsecretbenchsecret00
[database]
{database}
"""
PEOPLE_SCRIPT: Final = """
import django
django.setup()
from django.contrib.auth.hashers import make_password
from django_scopes import scope, scopes_disabled
from pretalx.event.models import Event
from pretalx.person.models import SpeakerProfile, User
from pretalx.submission.models import Question
with scopes_disabled():
    event = Event.objects.get(slug="democon")
with scope(event=event):
    event.cfp.deadline = None
    event.cfp.save()
    for kind in event.submission_types.all():
        kind.deadline = None
        kind.save()
    password = make_password({password!r})
    for number in range({people}):
        known = dict(name=f"Bench {{number}}", locale="en", timezone="Asia/Shanghai")
        user, _ = User.objects.get_or_create(email=f"bench{{number}}@example.org", defaults=known)
        user.password = password
        user.save()
        SpeakerProfile.objects.get_or_create(user=user, event=event, defaults=dict(biography="A biography. " * 10))
    if not Question.objects.filter(event=event, variant="file").exists():
        Question.objects.create(
            event=event, variant="file", target="submission", question="Feasibility report (PDF)",
            question_required="required",
        )
"""


def prepare(venv: Path, folder: Path, port: int, database: Mapping[str, str]) -> dict[str, str]:
    """Make the event and its people in an empty folder and database; the environment of its server.

    `database` has the lines of the peer's own configuration: backend, name, user, host, port.
    """
    folder.mkdir(parents=True)
    lines = "\n".join(f"{name}={value}" for name, value in database.items())
    (folder / "pretalx.cfg").write_text(CONFIG.format(folder=folder, port=port, database=lines))
    (folder / "bench_settings.py").write_text(SETTINGS)
    ours = ("TIDUI_", "DATABASE_", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment = {
        **kept, "PRETALX_CONFIG_FILE": str(folder / "pretalx.cfg"), "PYTHONPATH": str(folder),
        "DJANGO_SETTINGS_MODULE": "bench_settings",
    }  # fmt: skip
    first = {
        **environment, "DJANGO_SUPERUSER_EMAIL": "a@example.org", "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "PRETALX_INIT_ORGANISER_NAME": "Org", "PRETALX_INIT_ORGANISER_SLUG": "org",
    }  # fmt: skip
    python = str(venv / "bin" / "python")
    script = PEOPLE_SCRIPT.format(password=PASSWORD, people=PEOPLE)
    for arguments in (
        ["-m", "pretalx", "migrate", "-v", "0"], ["-m", "pretalx", "init", "--noinput"],
        ["-m", "pretalx", "create_test_event", "--stage", "cfp", "--seed", "1"],
        ["-m", "pretalx", "collectstatic", "--noinput", "-v", "0"], ["-c", script],
    ):  # fmt: skip
        done = subprocess.run([python, *arguments], env=first, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"pretalx {arguments}: {done.stderr[-2000:]}")
    return environment


def sign_in(port: int, number: int) -> Browser:
    """One of its people, signed in."""
    browser = Browser(port)
    token = fields(browser.get(f"{EVENT}/login/").body)["csrfmiddlewaretoken"]
    given = {
        "csrfmiddlewaretoken": token, "login_email": f"bench{number}@example.org", "login_password": PASSWORD,
    }  # fmt: skip
    answer = browser.post(f"{EVENT}/login/", urlencode(given).encode(), FORM)
    if answer.status != 302:
        raise SystemExit(f"pretalx refuses the sign-in: {answer.status}")
    return browser


def submitter(browser: Browser, size: int) -> tuple[str, Callable[[], bool]]:
    """The address of a form, and a call that makes one complete submission: information, file, profile."""
    page = browser.get(f"{EVENT}/submit/").headers["location"]
    info = fields(browser.get(page).body)
    body, kind = multipart([*{**info, "title": "x", "abstract": "abstract " * 30}.items()])
    answer = browser.post(page, body, kind)
    if answer.status != 302:
        faults = re.findall(rb'(?:invalid-feedback|alert)[^>]*>(.*?)<', answer.body, re.DOTALL)
        raise SystemExit(f"pretalx answers {answer.status}: {faults[:5]}")
    questions = answer.headers["location"]
    found = re.search(rb'name="?(question_\d+)"?', browser.get(questions).body)
    if found is None:
        raise SystemExit("pretalx shows no question")
    question = found[1].decode()
    body, kind = multipart([("csrfmiddlewaretoken", _token(browser))], [(question, "report.pdf", pdf(size, 1))])
    profile_at = browser.post(questions, body, kind).headers["location"]
    profile = fields(browser.get(profile_at).body)

    def submit() -> bool:
        base = f"{EVENT}/submit/{random.randbytes(4).hex()}"
        given = {**info, "csrfmiddlewaretoken": _token(browser), "title": "风光储一体化智能运维装备研制"}
        body, kind = multipart([*{**given, "abstract": "abstract " * 30, "description": "description " * 60}.items()])
        if browser.post(f"{base}/info/", body, kind).status != 302:
            return False
        content = pdf(size, random.getrandbits(40))
        body, kind = multipart([("csrfmiddlewaretoken", _token(browser))], [(question, "report.pdf", content)])
        if browser.post(f"{base}/questions/", body, kind).status != 302:
            return False
        given = {**profile, "csrfmiddlewaretoken": _token(browser), "biography": "A biography. " * 10}
        body, kind = multipart([*given.items()])
        answer = browser.post(f"{base}/profile/", body, kind)
        return answer.status == 302 and "me/submissions" in answer.headers.get("location", "")

    return page, submit


def _token(browser: Browser) -> str:
    return browser.cookies["pretalx_csrftoken"]
