"""Certificates: their content, signature and PDF; issued by the hundred in a job, and again when a name changes.

What is recognised is fixed by the recognition document, which lists every enterprise with its certificate's number.
The job makes of each line, in a transaction of its own, the recognition, the status on the enterprise's file, the
signed certificate and the application's last step; then its PDF, outside of any transaction. What a killed job left is
done by the next run, and nothing is done twice.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from pathlib import Path
from typing import Any, Final

import segno
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django_tasks import task

from tidui.accounts.models import User
from tidui.audit import events
from tidui.audit.personal import months_after
from tidui.casework import judging
from tidui.casework.actions import advance
from tidui.casework.actions.moving import department, locked
from tidui.casework.batching import follow, stages_of
from tidui.casework.enums import State
from tidui.casework.models import Application
from tidui.casework.programme import programme
from tidui.facts.factset import FactSet
from tidui.kit import access, clock, files, formats, jobs, parameters, pdf, search
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job, StoredFile
from tidui.kit.visibility import visible_to
from tidui.recognition import holding_keys
from tidui.recognition.documents import day_in_words
from tidui.recognition.kinds import ISSUE
from tidui.recognition.models import Document, Recognition
from tidui.recognition.models_certificates import Certificate
from tidui.recognition.registering import words_of
from tidui.recognition.signing import canonical, checking, embedding, envelopes, seals
from tidui.recognition.signing.keys import Key, NoKey
from tidui.recognition.signing.schemes import NotUsable
from tidui.registry.actions.filing import write_return
from tidui.registry.enums import Source
from tidui.registry.facts import fact_set
from tidui.rules.errors import NoVersion, UnknownPolicy
from tidui.rules.values import Value

TEMPLATE: Final = Path(__file__).with_name("typst") / "certificate.typ"
SEAL: Final = parameters.define(
    "recognition.seal", _("证书电子印章"), "text", "", help=_("印章服务的名称；留空不加盖电子印章，由签名证明真伪。")
).name
TITLE: Final = parameters.define(
    "recognition.certificate_title", _("证书上的资格名称"), "text",
    "甘肃省科技创新型企业",  # tidui: data
    help=_("印在证书上的名称，本厅设定。"),
).name  # fmt: skip
#: Where the policy gives no last day: three years from the document, less a day.
USUAL_MONTHS: Final = 36
HELD: Final = Refused("held", _("该企业本年度已有有效的认定资格。"))
_NAMED: Final = 20
#: Modules of a code that are dark, side by side.
_DARK: Final = re.compile(rb"\x01+")


def _may_read(user: Any, stored: StoredFile) -> access.Outcome:
    if visible_to(user, Certificate).filter(file=stored.pk).exists():
        return access.ALLOWED
    return access.Refused("not-yours", _("这份证书不归您查看。"))


PDF: Final = files.define(
    files.Kind(name="recognition.certificate", title=_("证书"), accepts=("pdf",), may_read=_may_read)
).name


def valid_until(policy: str, since: dt.date) -> dt.date:
    """The last day of a recognition of a day, as the programme's policy says (its outcome `recognition_expires`)."""
    facts = FactSet.of({("provincial_recognised_on", None): (since,)})
    try:
        found = (
            judging.judge(policy, facts, on=since, year=since.year - 1).result["outcomes"].get("recognition_expires")
        )
    except (NoVersion, UnknownPolicy):
        found = None
    if found:
        return dt.date.fromisoformat(str(found))
    return months_after(since, USUAL_MONTHS) - dt.timedelta(days=1)


# ---------------------------------------------------------------------- content
def content_of(recognition: Recognition, *, issue: int, name: str, on: dt.date, signed_on: dt.date) -> dict[str, Any]:
    """What a certificate says, and all that is signed: nothing personal is in it."""
    title = str(parameters.get(TITLE, on))
    day = recognition.document_date
    return {
        "layout": checking.CERTIFICATE, "issuer": department().name, "programme": recognition.programme,
        "title": title, "number": recognition.number, "issue": issue, "name": name,
        "uscc": recognition.organisation.uscc or "",
        "document": {"number": recognition.document_number, "date": day.isoformat() if day else ""},
        "valid_from": recognition.valid_from.isoformat(), "valid_until": recognition.valid_until.isoformat(),
        "issued_on": on.isoformat(), "signed_on": signed_on.isoformat(),
        "verify": f"{settings.TIDUI_ADDRESS}{verify_path(recognition.number)}",
    }  # fmt: skip


def verify_path(number: str) -> str:
    """Where a number is verified."""
    return f"{reverse('recognition:verify')}?number={number}"


def write(
    recognition: Recognition, *, issue: int, name: str, on: dt.date, key: Key, by: User | None, at: dt.datetime,
    reason: str = "",
) -> Certificate:  # fmt: skip
    """The row of a certificate, with its content signed. In the caller's transaction."""
    content = content_of(recognition, issue=issue, name=name, on=on, signed_on=clock.day_of(at))
    sealer, picture = str(parameters.get(SEAL, on)).strip(), ""
    if sealer:
        entry, picture = seals.seal(sealer, content)
        content["seals"] = [entry]
    made = Certificate.objects.create(
        recognition=recognition, issue=issue, number=recognition.number, name=name, content=content,
        signature=envelopes.signature(content, key), digest=canonical.digest(content), picture=picture, reason=reason,
        issued_on=on, issued_by=by, issued_at=at,
    )  # fmt: skip
    events.record(
        "recognition.certificate", actor=by, subject=made, at=at, organisation_id=recognition.organisation_id,
        details={"number": made.number, "issue": issue, "digest": made.digest, "key": key.name, "reason": reason},
    )  # fmt: skip
    return made


def envelope(certificate: Certificate) -> dict[str, Any]:
    """The certificate as JSON."""
    return {"content": certificate.content, "signature": certificate.signature}


# ---------------------------------------------------------------------- PDF
def printed(certificate: Certificate, key: Key) -> bytes:
    """The PDF of a certificate, with its content attached and every byte signed. Not in a transaction."""
    said = certificate.content
    with override("zh-hans"):
        issued = dt.date.fromisoformat(said["issued_on"])
        data = {
            "title": said["title"], "issuer": said["issuer"], "name": said["name"],
            "uscc": said["uscc"] or formats.NOTHING,
            "number": said["number"], "issued": day_in_words(issued), "document": said["document"]["number"],
            "since": day_in_words(dt.date.fromisoformat(said["valid_from"])),
            "until": day_in_words(dt.date.fromisoformat(said["valid_until"])),
            "again": certificate.issue, "verify": said["verify"], "code": code(said["verify"]),
            "seal": certificate.picture, "digest": certificate.digest, "key": certificate.signature["key"],
            "json": envelopes.text(envelope(certificate)).decode(), "description": embedding.description(key),
            "attachment": embedding.NAME,
        }  # fmt: skip
    made = pdf.render(TEMPLATE, data, at=certificate.issued_at, standard=pdf.WITH_FILES, families=pdf.SERIF)
    return embedding.seal(made, key)


def code(address: str) -> str:
    """The picture, as SVG, of a code that leads from paper to the page that verifies. Any mask can be read: one is
    taken, as trying all eight would take longer than the rest of the page. Each run of dark modules is a line."""
    rows = segno.make(address, error="m", micro=False, mask=2, boost_error=False).matrix
    runs = ((run, y) for y, row in enumerate(rows) for run in _DARK.finditer(row))
    lines = "".join(f"M{run.start()} {y}.5h{run.end() - run.start()}" for run, y in runs)
    box = f"0 0 {len(rows[0])} {len(rows)}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><path stroke="#3b2a1a" d="{lines}"/></svg>'


@task()
def make_file(key: int) -> None:
    """Make and keep the PDF of a certificate; safe to repeat, for the first one that is kept stays."""
    found = Certificate.objects.filter(pk=key, file__isnull=True).first()
    if found is not None:
        attach(found, at=clock.now())


def attach(certificate: Certificate, *, at: dt.datetime) -> StoredFile | None:
    """Make the PDF of a certificate and keep it; None where somebody was faster.

    Content and file are signed by one key: where another has taken its place meanwhile, both are signed by that.
    """
    key = holding_keys.current(at)
    if certificate.signature["key"] != key.name:
        certificate.content = {**certificate.content, "signed_on": clock.day_of(at).isoformat()}
        certificate.signature = envelopes.signature(certificate.content, key)
        certificate.digest = canonical.digest(certificate.content)
    content = printed(certificate, key)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "certificate.pdf"
        place.write_bytes(content)
        received = files.receive(place, kind=PDF, name=f"{certificate.number}.pdf", own=True)
    with transaction.atomic():
        held = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if held.file_id is not None:
            return None
        held.content, held.signature, held.digest = certificate.content, certificate.signature, certificate.digest
        held.file = files.keep(received, by=None, at=at, about=held)
        held.save(update_fields=["file", "content", "signature", "digest"])
        return held.file


# ---------------------------------------------------------------------- issued by the hundred
@jobs.job("recognition.certificates", lambda job: reverse("recognition:issuing", args=[job.arguments["batch"]]))
def issue_job(job: Job, progress: jobs.Progress, *, document: int, batch: int) -> dict[str, Any]:
    """Recognise and certify what a document lists; safe to repeat after the worker was killed."""
    found = Document.objects.select_related("batch__call").get(pk=document)
    return issue(found, at=clock.now(), by=job.owner, progress=progress)


def issue(
    document: Document, *, at: dt.datetime, by: User | None = None, progress: jobs.Progress | None = None
) -> dict[str, Any]:
    """The same for whoever is no job."""
    assert document.batch is not None
    try:
        key = holding_keys.current(at)
    except (NoKey, NotUsable) as fault:
        raise jobs.JobFailed(str(fault)) from fault
    entries = document.content["entries"]
    if progress:
        progress.total(len(entries))
    done, failures = 0, []
    for place, entry in enumerate(entries, start=1):
        try:
            made = recognise(document, entry, key=key, at=at, by=by)
            if made is not None and made.file_id is None:
                attach(made, at=at)
        except NotAllowed as refused:
            failures.append([entry["number"], str(refused.refused.reason)])
        except (pdf.MissingGlyph, pdf.NoFont) as fault:  # recognised all the same; its PDF waits for the font
            failures.append([entry["number"], str(fault)])
        else:
            done += made is not None
        if progress:
            progress.done(place)
    follow(document.batch, at)
    return {"issued": done, "left": len(entries) - done, "failures": failures[:_NAMED]}


@transaction.atomic
def recognise(
    document: Document, entry: dict[str, Any], *, key: Key, at: dt.datetime, by: User | None
) -> Certificate | None:
    """One line of a document: recognition, status, certificate, step. None where the application has left meanwhile."""
    held = locked(entry["application"])
    known = Certificate.objects.filter(recognition__application=held, issue=1).first()
    if known is not None:
        return known
    names = stages_of(held.call, ISSUE.name)
    if held.state != State.ACTIVE or held.stage not in names:
        return None
    made = _registered(document, entry, held, by or document.issued_by, at)
    certificate = write(made, issue=1, name=entry["name"], on=clock.day_of(document.issued_at), key=key, by=by, at=at)
    details = {"document": document.pk, "recognition": made.pk, "number": made.number}
    advance(application=held, name="issued", at=at, by=by, expect=held.stage, details=details)
    return certificate


def _registered(document: Document, entry: dict[str, Any], held: Application, by: User, at: dt.datetime) -> Recognition:
    day = clock.day_of(document.issued_at)
    rows = Recognition.objects.filter(programme=held.programme, organisation=held.organisation, year=day.year)
    if rows.filter(revoked_on__isnull=True).exists():
        raise NotAllowed(HELD)
    made = Recognition.objects.create(
        organisation=held.organisation, programme=held.programme, rung=programme(held.programme).status,
        number=entry["certificate"], year=day.year, application=held, document_number=document.number,
        document_date=day, valid_from=day, valid_until=dt.date.fromisoformat(entry["valid_until"]), announced_at=at,
        announcement=document, recorded_by=by, recorded_at=at,
    )  # fmt: skip
    search.index(made, words_of(made))
    file_status(made, by=by, at=at)
    events.record(
        "recognition.register", actor=by, subject=made, at=at, organisation_id=made.organisation_id,
        details={
            "application": held.pk, "number": made.number, "valid_from": made.valid_from.isoformat(),
            "valid_until": made.valid_until.isoformat(), "document_number": document.number,
        },
    )  # fmt: skip
    return made


def file_status(made: Recognition, *, by: User, at: dt.datetime) -> None:
    """Write on the enterprise's file since when and until when it is recognised; earlier recognitions stay there."""
    known = fact_set(made.organisation).get("provincial_recognised_on")
    days = {one for one in known if isinstance(one, dt.date)} if isinstance(known, tuple) else set()
    facts: dict[str, Value | None] = {
        "provincial_recognised_on": tuple(sorted({*days, made.valid_from})),
        "provincial_valid_until": made.valid_until,
    }
    write_return(
        organisation=made.organisation, section="enterprise", year=None, facts=facts, source=Source.RECOGNITION, by=by,
        at=at, filed_for=department(), note=f"{made.document_number} {made.number}",
    )  # fmt: skip


# ---------------------------------------------------------------------- again
@transaction.atomic
def reissue(recognition: Recognition, reason: str, by: User | None, at: dt.datetime) -> Certificate:
    """Issue a certificate again under the same number, with the name that the enterprise has now; the old one is void.

    Whoever calls this has asked for the permission of what it is for. NotAllowed without a reason, or for a recognition
    that was revoked. The PDF is made by the worker.
    """
    if not reason.strip():
        raise NotAllowed(Refused("no-reason", _("请写明理由。")))
    rows = Recognition.objects.select_for_update(of=("self",)).select_related("organisation")
    held = rows.get(pk=recognition.pk)
    today = clock.day_of(at)
    if held.revoked_on is not None and held.revoked_on <= today:
        raise NotAllowed(Refused("revoked", _("该资格已经撤销，不能换发证书。")))
    last = Certificate.objects.filter(recognition=held).order_by("-issue").first()
    if last is not None and last.void_on is None:
        last.void_on, last.void_reason = today, reason.strip()
        last.save(update_fields=["void_on", "void_reason"])
    try:
        key = holding_keys.current(at)
    except (NoKey, NotUsable) as fault:
        raise NotAllowed(Refused("no-key", str(fault))) from fault
    made = write(
        held, issue=last.issue + 1 if last else 1, name=held.organisation.name, on=today, key=key, by=by, at=at,
        reason=reason.strip(),
    )  # fmt: skip
    search.index(held, words_of(held))
    make_file.enqueue(made.pk)
    return made
