"""A draw of experts: two units commit secrets, the input is frozen, a public number follows, the secrets are opened."""

from __future__ import annotations

import datetime as dt
import secrets as randomness
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import Membership, Organisation, User
from tidui.accounts.queries import officers_of
from tidui.accounts.standing import in_force
from tidui.audit import events
from tidui.casework.actions.moving import department
from tidui.kit import access, clock, files, outbox
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import StoredFile
from tidui.review import gathering, texts_drawing
from tidui.review.drawing import explaining, model, replaying, seeding
from tidui.review.enums import DrawState, ReviewState
from tidui.review.models import Draw, Expert, Review, Secret

OPEN_STATES: Final = (DrawState.PREPARED, DrawState.COMMITTED, DrawState.FROZEN)
ALREADY: Final = Refused("already", _("已有一次抽取正在进行，请先完成或作废。"))
CLOSED: Final = Refused("closed", _("评审已经结束。"))
NOBODY_LACKS: Final = Refused("nobody-lacks", _("没有空缺的席位，不需要抽取。"))
TWO_UNITS: Final = Refused("two-units", _("须由两家不同的单位各提交一个密码。"))
NO_SOURCE: Final = Refused("no-source", _("请写明公开随机数的来源。"))
TOO_EARLY: Final = Refused("too-early", _("公开随机数的日期须晚于封存当日：封存时任何人都不得知道它。"))
NOT_NOW: Final = Refused("not-now", _("本次抽取已经走到别的步骤，请刷新页面。"))
COMMITTED: Final = Refused("committed", _("密码摘要已经提交，不能更换。"))
TOO_SHORT: Final = Refused("too-short", _("密码至少16个字符，否则可能被猜出。"))
NO_DIGEST: Final = Refused("no-digest", _("密码摘要是64位十六进制数。"))
SAME_PERSON: Final = Refused("same-person", _("两家单位的密码须由不同的人提交。"))
WRONG_SECRET: Final = Refused("wrong-secret", _("密码与提交的摘要不符，请核对后重试；无法开启的，本次抽取作废。"))
NO_HOLDER: Final = Refused("no-holder", _("企业、评价机构和纪检、审计单位不能提交抽取密码。"))
NOT_FROZEN: Final = Refused("not-frozen", _("抽取文件尚未封存。"))
NOT_YET: Final = Refused("not-yet", _("还没有到公开随机数的日期。"))
NO_NUMBER: Final = Refused("no-number", _("请填写已公布的随机数。"))
NUMBER_GIVEN: Final = Refused("number-given", _("公开随机数已经录入，不能更改。"))
IMPOSSIBLE: Final = Refused("impossible", _("按现行设置和回避情况无法组成评审组，请先按检查结果调整。"))
NO_SOLVER: Final = Refused(
    "no-solver", _("服务器没有安装抽取所需的组件，请管理员安装 tidui[plan]（tidui doctor 可查）。")
)
CHANGED: Final = Refused("changed", _("封存期间数据有变化，请重试。"))
NO_REASON: Final = Refused("no-reason", _("请写明理由。"))
DRAWN_ALREADY: Final = Refused("drawn-already", _("已经抽取，不能作废。"))


#: Kinds whose members put no secret into a draw: whom it is about, and inspection, which replays it.
HOLD_NO_SECRET: Final = frozenset({OrganisationKind.ENTERPRISE, OrganisationKind.AGENCY, OrganisationKind.INSPECTION})


def _may_read(user: Any, stored: StoredFile) -> access.Outcome:
    return access.check("review.view_reviews", user)


FILE: Final = files.define(
    files.Kind(name="review.draw", title=_("抽取文件"), accepts=("txt",), may_read=_may_read, sensitive=True)
).name


def members_of(unit: Organisation) -> list[User]:
    """Whoever works for a unit today."""
    held = Membership.objects.filter(in_force(clock.now()), organisation=unit)
    people = User.objects.filter(pk__in=held.exclude(role=Role.ADMINISTRATOR).values("user"), is_active=True)
    return list(people.order_by("pk"))


def locked(draw: Draw | int) -> Draw:
    """The draw, held until the transaction ends."""
    key = draw.pk if isinstance(draw, Draw) else draw
    rows = Draw.objects.select_for_update(of=("self",))
    return rows.select_related("review__batch__call", "input", "output").get(pk=key)


@transaction.atomic
def begin(
    *, review: Review, units: Sequence[Organisation], public_source: str, public_on: dt.date, by: User,
    at: dt.datetime, reason: str = "",
) -> Draw:  # fmt: skip
    """Open a draw for whoever the panels lack: the two units are asked to commit a secret each."""
    access.require("review.prepare", by)
    held = Review.objects.select_for_update(of=("self",)).select_related("batch__call").get(pk=review.pk)
    if held.state == ReviewState.CLOSED:
        raise NotAllowed(CLOSED)
    if held.draws.filter(state__in=OPEN_STATES).exists():
        raise NotAllowed(ALREADY)
    if not gathering.missing(held):
        raise NotAllowed(NOBODY_LACKS)
    _dates(public_source, public_on, at)
    if len({one.pk for one in units}) != 2:
        raise NotAllowed(TWO_UNITS)
    if any(one.kind in HOLD_NO_SECRET for one in units):
        raise NotAllowed(NO_HOLDER)
    last = held.draws.order_by("-number").first()
    made = Draw.objects.create(
        review=held, number=(last.number if last else 0) + 1, reason=reason.strip()[:200],
        public_source=public_source.strip(), public_on=public_on, names={"salt": randomness.token_hex(16)},
        made_by=by, made_at=at,
    )  # fmt: skip
    for unit in units:
        Secret.objects.create(draw=made, unit=unit, salt=seeding.new_salt())
        outbox.notify(
            to=members_of(unit), template=texts_drawing.COMMIT, at=at, link=reverse("review:draw", args=[made.pk]),
            context={"review": named(held), "unit": unit.name},
        )  # fmt: skip
    if held.state == ReviewState.PREPARING:
        held.state = ReviewState.DRAWING
        held.save(update_fields=["state"])
    events.record(
        "review.begin_draw", actor=by, subject=made, at=at,
        details={"units": [one.name for one in units], "public_source": made.public_source, "public_on": public_on,
                 "reason": made.reason},
    )  # fmt: skip
    return made


def named(review: Review) -> str:
    """The review as people are told of it."""
    return f"{review.batch.call.title} {review.batch.title}"


def _dates(source: str, on: dt.date, at: dt.datetime) -> None:
    if not source.strip():
        raise NotAllowed(NO_SOURCE)
    if on <= clock.day_of(at):
        raise NotAllowed(TOO_EARLY)


@transaction.atomic
def reset_public(*, draw: Draw, public_source: str, public_on: dt.date, by: User, at: dt.datetime) -> Draw:
    """Name another public number, before the freeze: where its day came before the secrets were committed."""
    access.require("review.prepare", by)
    held = locked(draw)
    if held.state not in (DrawState.PREPARED, DrawState.COMMITTED):
        raise NotAllowed(NOT_NOW)
    _dates(public_source, public_on, at)
    before = {"public_source": held.public_source, "public_on": held.public_on}
    held.public_source, held.public_on = public_source.strip(), public_on
    held.save(update_fields=["public_source", "public_on"])
    events.record(
        "review.reset_public", actor=by, subject=held, at=at,
        details={"before": before, "public_source": held.public_source, "public_on": public_on},
    )  # fmt: skip
    return held


@transaction.atomic
def commit(*, secret: Secret, by: User, at: dt.datetime, said: str = "", digest: str = "") -> Secret:
    """A unit commits its secret: the digest is kept, the secret is forgotten until the unit opens it.

    A unit that trusts nobody works the digest out itself and gives only that.
    """
    row = Secret.objects.select_related("unit").get(pk=secret.pk)
    access.require("review.hold_secret", by, row)
    held = locked(row.draw_id)
    row.refresh_from_db()
    if row.commitment:
        raise NotAllowed(COMMITTED)
    if held.state != DrawState.PREPARED:
        raise NotAllowed(NOT_NOW)
    if held.secrets.filter(committed_by=by).exists():
        raise NotAllowed(SAME_PERSON)
    row.commitment = _commitment(row.salt, said.strip(), digest.strip().lower())
    row.committed_by, row.committed_at = by, at
    row.save(update_fields=["commitment", "committed_by", "committed_at"])
    if not held.secrets.filter(commitment="").exists():
        held.state = DrawState.COMMITTED
        held.save(update_fields=["state"])
    events.record(
        "review.commit_secret", actor=by, subject=held, at=at, organisation_id=row.unit_id,
        details={"unit": row.unit.name, "commitment": row.commitment},
    )  # fmt: skip
    return row


def _commitment(salt: str, said: str, digest: str) -> str:
    if digest:
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise NotAllowed(NO_DIGEST)
        return digest
    if len(said) < seeding.LEAST:
        raise NotAllowed(TOO_SHORT)
    return seeding.commitment(salt, said)


# ---------------------------------------------------------------------- the freeze
def check(draw: Draw, at: dt.datetime) -> explaining.Explanation:
    """Whether the panels could be drawn as the records are now. NotAllowed without the optimiser."""
    gathered = gathering.gather(draw, at)
    return _explained(_placeheld(gathered.raw))


def _placeheld(raw: dict[str, Any]) -> dict[str, Any]:
    """The file as it would be frozen, with a later day of the public number where the named one is past."""
    if raw["public"]["on"] > raw["frozen_on"]:
        return raw
    later = dt.date.fromisoformat(raw["frozen_on"]) + dt.timedelta(days=1)
    return {**raw, "public": {**raw["public"], "on": later.isoformat()}}


def _explained(raw: dict[str, Any]) -> explaining.Explanation:
    try:
        return explaining.explain(model.load(raw))
    except model.NeedsSolver:
        raise NotAllowed(NO_SOLVER) from None


def freeze(*, draw: Draw, by: User, at: dt.datetime) -> Draw:
    """Freeze the input and publish its digest: recusals, loads and groups as they are now, and no later than now.

    The file is made and tried outside of the transaction; inside, it has to come out the same again.
    """
    access.require("review.prepare", by)
    seen = Draw.objects.select_related("review__batch__call").get(pk=draw.pk)
    _may_freeze(seen, at)
    gathered = gathering.gather(seen, at)
    if not _explained(gathered.raw).possible:
        raise NotAllowed(IMPOSSIBLE)
    received = received_of(model.canonical(gathered.raw), f"draw-{seen.pk}-input.txt")
    return _freeze(seen, gathered, received, by, at)


def _may_freeze(held: Draw, at: dt.datetime) -> None:
    if held.state != DrawState.COMMITTED:
        raise NotAllowed(NOT_NOW)
    _dates(held.public_source, held.public_on, at)


def received_of(content: bytes, name: str) -> files.Received:
    """Content of this system's own making, put to its place; not to be called in a transaction."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return files.receive(path, kind=FILE, name=name, own=True)


@transaction.atomic
def _freeze(seen: Draw, gathered: gathering.Gathered, received: files.Received, by: User, at: dt.datetime) -> Draw:
    Review.objects.select_for_update(of=("self",)).get(pk=seen.review_id)
    held = locked(seen)
    _may_freeze(held, at)
    if gathering.gather(held, at) != gathered:
        raise NotAllowed(CHANGED)
    held.input = files.keep(received, by=by, at=at, about=held)
    held.digest, held.names, held.wanted = model.digest(gathered.raw), gathered.names, gathered.wanted
    held.state, held.frozen_at, held.frozen_by = DrawState.FROZEN, at, by
    held.save()
    events.record(
        "review.freeze_draw", actor=by, subject=held, at=at,
        details={"digest": held.digest, "public_source": held.public_source, "public_on": held.public_on},
    )  # fmt: skip
    for one in held.secrets.select_related("unit"):
        outbox.notify(
            to=members_of(one.unit), template=texts_drawing.OPEN, at=at, link=reverse("review:draw", args=[held.pk]),
            context={"review": named(held.review), "unit": one.unit.name, "digest": held.digest,
                     "day": held.public_on},
        )  # fmt: skip
    return held


# ---------------------------------------------------------------------- secrets and number
@transaction.atomic
def open_secret(*, secret: Secret, said: str, by: User, at: dt.datetime) -> Secret:
    """A unit opens what it committed; anything else is refused, and the draw cannot be made without it."""
    row = Secret.objects.select_related("unit").get(pk=secret.pk)
    access.require("review.hold_secret", by, row)
    held = locked(row.draw_id)
    row.refresh_from_db()
    if held.state != DrawState.FROZEN or row.opened_at is not None:
        raise NotAllowed(NOT_NOW)
    text = said.strip()
    if not seeding.agrees(row.salt, text, row.commitment):
        raise NotAllowed(WRONG_SECRET)
    row.secret, row.opened_by, row.opened_at = text, by, at
    row.save(update_fields=["secret", "opened_by", "opened_at"])
    events.record(
        "review.open_secret", actor=by, subject=held, at=at, organisation_id=row.unit_id,
        details={"unit": row.unit.name},
    )  # fmt: skip
    return row


@transaction.atomic
def give_number(*, draw: Draw, number: str, by: User, at: dt.datetime) -> Draw:
    """Write down the public number as it was published, on its day or later; once."""
    access.require("review.prepare", by)
    held, said = locked(draw), " ".join(number.split())
    if held.state != DrawState.FROZEN:
        raise NotAllowed(NOT_FROZEN)
    if held.public_number:
        raise NotAllowed(NUMBER_GIVEN)
    if clock.day_of(at) < held.public_on:
        raise NotAllowed(NOT_YET)
    if not said:
        raise NotAllowed(NO_NUMBER)
    held.public_number = said[:200]
    held.save(update_fields=["public_number"])
    events.record("review.give_number", actor=by, subject=held, at=at, details={"number": held.public_number})
    return held


@transaction.atomic
def void(*, draw: Draw, reason: str, by: User, at: dt.datetime) -> Draw:
    """Make a draw void, for all to see with the reason: a secret was not opened, or the input was wrong."""
    access.require("review.prepare", by)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    held = locked(draw)
    if held.state in (DrawState.DRAWN, DrawState.VOID):
        raise NotAllowed(DRAWN_ALREADY if held.state == DrawState.DRAWN else NOT_NOW)
    unopened = [one.unit.name for one in held.secrets.select_related("unit") if one.opened_at is None]
    before, held.state, held.void_reason = held.state, DrawState.VOID, reason.strip()[:300]
    held.save(update_fields=["state", "void_reason"])
    events.record(
        "review.void_draw", actor=by, subject=held, at=at,
        details={"reason": held.void_reason, "before": before, "unopened": unopened},
    )  # fmt: skip
    return held


# ---------------------------------------------------------------------- what inspection holds
def input_of(draw: Draw) -> dict[str, Any]:
    """The frozen file. ValueError where what is stored is not what was published."""
    assert draw.input is not None
    raw: dict[str, Any] = model.read(files.path(draw.input).read_bytes())
    if model.digest(raw) != draw.digest:
        raise ValueError(f"draw {draw.pk}: the frozen file is not the one that was published")
    return raw


def file_of(draw: Draw) -> dict[str, Any]:
    """The file from which `tidui draw replay` draws again."""
    assert draw.output is not None
    output = model.read(files.path(draw.output).read_bytes())
    secrets = [one.secret for one in draw.secrets.order_by("pk")]
    return replaying.written(
        input_of(draw), secrets, draw.public_number, draw.seed, output, draw.names, _people(draw.names)
    )


def _people(names: dict[str, Any]) -> dict[str, str]:
    """The names behind the pseudonyms, as far as they are still those that were frozen."""
    keys = {row[0]: (key, row[1]) for key, row in names["experts"].items()}
    found = Expert.objects.filter(pk__in=keys).values_list("pk", "name")
    return {
        keys[pk][0]: name for pk, name in found if model.name_digest(names["salt"], name) == keys[pk][1]
    }  # fmt: skip


def tell_officers(review: Review, at: dt.datetime, **said: Any) -> None:
    """Tell the department that a panel lacks somebody."""
    outbox.notify(
        to=officers_of(department()), template=texts_drawing.LACKING, at=at,
        link=reverse("review:arrange", args=[review.pk]), context={"review": named(review), **said},
    )  # fmt: skip
