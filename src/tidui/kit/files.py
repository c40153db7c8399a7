"""Files that people hand in: checked, stored once by their content, served as attachments to those who may read them.

`receive` writes and checks the content, outside of any transaction; `keep` makes the row, in the transaction of the
action that the file belongs to. A form field (`FileField`) does the first, an action the second. Who may read a file is
told by its kind, which the app that owns the kind declares.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from django.http import Http404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.audit import rows
from tidui.kit import access
from tidui.kit.aside import aside
from tidui.kit.classified import Classified, refuse_classified
from tidui.kit.contents import FORMATS, MB, NotStored, check, format_of_name
from tidui.kit.models import StoredFile

__all__ = [
    "MB",
    "Classified",
    "FileField",
    "Kind",
    "NotStored",
    "Received",
    "attach",
    "clean_name",
    "define",
    "get_readable",
    "keep",
    "kind_of",
    "kinds",
    "path",
    "receive",
    "refuse_classified",
    "remove",
    "url",
    "validate_open",
]

_SALT: Final = "tidui.kit.files.received"
#: Seconds for which a file that was received waits for the form that it belongs to.
TOKEN_AGE: Final = 24 * 3600
MAX_NAME: Final = 200
_PIECE: Final = 2**20
#: Control characters, characters that turn the direction of writing, and what file systems do not take.
_BAD_IN_NAMES: Final = re.compile(
    '[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\\\\/:*?"<>|]'
)


def _signed_in(user: Any) -> access.Outcome:
    return access.signed_in(user)


def _uploader(user: Any, stored: StoredFile) -> access.Outcome:
    if stored.uploaded_by_id is not None and stored.uploaded_by_id == user.pk:
        return access.ALLOWED
    return access.Refused("not-yours", _("这份文件不归您查看。"))


@dataclass(frozen=True, slots=True)
class Kind:
    """What files are for: which formats and sizes are let in, who may read them, and how long unclaimed ones stay.

    `may_read` is asked at every download; without it only the uploader may. A download of a `sensitive` kind is written
    down. `keep` is the number of days after which a file is swept; without it, files with an owner stay.
    """

    name: str
    title: Any
    accepts: tuple[str, ...] = ("pdf", "jpg", "png")
    limit: int = 20 * MB
    may_read: Callable[[Any, StoredFile], access.Outcome] = _uploader
    may_add: Callable[[Any], access.Outcome] = _signed_in
    sensitive: bool = False
    keep: int | None = None

    def __post_init__(self) -> None:
        unknown = [one for one in self.accepts if one not in FORMATS]
        if unknown or not self.accepts:
            raise ValueError(f"{self.name} accepts unknown formats {unknown}")

    @property
    def most(self) -> int:
        """The largest file of this kind in bytes."""
        return min(self.limit, int(getattr(settings, "TIDUI_UPLOAD_MAX", self.limit)))

    @property
    def accept(self) -> str:
        """For the browser's file dialogue."""
        return ",".join(f".{extension}" for one in self.accepts for extension in FORMATS[one].extensions)


_kinds: dict[str, Kind] = {}


def define(kind: Kind) -> Kind:
    """Make a kind of file known; ValueError if its name is taken."""
    if kind.name in _kinds:
        raise ValueError(f"two kinds of files are called {kind.name}")
    _kinds[kind.name] = kind
    return kind


def kind_of(name: str) -> Kind:
    """The kind of this name; KeyError for one that nobody declared."""
    return _kinds[name]


def kinds() -> tuple[Kind, ...]:
    """All kinds."""
    return tuple(_kinds.values())


@dataclass(frozen=True, slots=True)
class Received:
    """A file whose content is on disk and checked, but which belongs to nothing yet. `by`: only for this person.

    `settling`: the content is being brought to the disk; whoever uses it waits for that.
    """

    kind: str
    name: str
    size: int
    sha256: str
    media_type: str
    by: int | None = None
    settling: Future[None] | None = field(default=None, compare=False, repr=False)

    def settled(self) -> Received:
        """The same, once its content is safe on the disk. OSError where it could not be brought there."""
        if self.settling is not None:
            if not self.settling.done():
                with aside():
                    wait_for([self.settling])
            self.settling.result()
        return self

    @property
    def path(self) -> Path:
        """Where the content lies."""
        self.settled()
        return content_path(self.sha256)

    @property
    def token(self) -> str:
        """A signed text from which it can be had again, for a hidden field of a form."""
        self.settled()
        return signing.dumps([self.kind, self.name, self.size, self.sha256, self.media_type, self.by], salt=_SALT)

    @classmethod
    def of_token(cls, token: str, kind: str) -> Received | None:
        """What a token stands for; None for a forged or old one, or one of another kind."""
        try:
            received = cls(*signing.loads(token, salt=_SALT, max_age=TOKEN_AGE))
        except (signing.BadSignature, TypeError, ValueError):
            return None
        return received if received.kind == kind and received.path.exists() else None


def root() -> Path:
    """Below it everything lies."""
    return Path(settings.MEDIA_ROOT)


def content_path(sha256: str) -> Path:
    """Where a content lies: two levels of folders, so that none holds too many files."""
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError("not a SHA-256")
    return root() / "content" / sha256[:2] / sha256[2:4] / sha256


def clean_name(name: str) -> str:
    """A file name without folders, control characters and tricks, at most MAX_NAME characters, its ending kept."""
    plain = unicodedata.normalize("NFC", _BAD_IN_NAMES.sub("_", re.split(r"[\\/]", name)[-1]))
    plain = " ".join(plain.split()).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        return plain[:MAX_NAME] or "_"
    extension = extension.strip()[:20]
    return f"{stem[: MAX_NAME - len(extension) - 1].rstrip(' .') or '_'}.{extension}"


def receive(
    source: UploadedFile[Any] | Path, *, kind: str, name: str | None = None, own: bool = False, by: Any = None,
    wait: bool = True,
) -> Received:  # fmt: skip
    """Take in a content: written beside its place, checked, then moved there. Not to be called in a transaction.

    `own` content was made by this system and is not checked. Raises NotStored or Classified; nothing is left then.
    Without `wait` the content may still be on its way to the disk: call `settled` before the transaction.
    """
    declared = kind_of(kind)
    name = clean_name(name or (source.name or ""))
    if not own:
        format_of_name(name, declared.accepts)
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=folder)
    temporary = Path(beside)
    try:
        with os.fdopen(handle, "wb") as target:
            size, sha256 = _copy(_pieces(source), target, None if own else declared.most)
        media_type = _type_of(temporary, name, declared, own)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    settling = None if wait else _later(temporary, content_path(sha256))
    if settling is None:
        with aside():
            _settle(temporary, content_path(sha256))
    return Received(kind, name, size, sha256, media_type, getattr(by, "pk", None), settling)


@cache
def _disk() -> ThreadPoolExecutor:
    """Those who wait for the disk while a request goes on; a process that is forked has its own."""
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="disk")


os.register_at_fork(after_in_child=_disk.cache_clear)


def _later(temporary: Path, place: Path) -> Future[None] | None:
    """Settle it in another thread; None where there is none to be had."""
    try:
        return _disk().submit(_settle, temporary, place)
    except RuntimeError:
        return None


def _settle(temporary: Path, place: Path) -> None:
    try:
        _sync(temporary)
        _put(temporary, place)
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Return when the content of a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _type_of(file: Path, name: str, kind: Kind, own: bool) -> str:
    found = format_of_name(name, tuple(FORMATS)) if own else check(file, name, kind.accepts)
    return found.media_type


def _pieces(source: UploadedFile[Any] | Path) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    else:
        yield from source.chunks(_PIECE)


def _copy(pieces: Iterable[bytes], target: Any, limit: int | None) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        if limit is not None and size > limit:
            raise too_large(limit)
        digest.update(piece)
        target.write(piece)
    if not size:
        raise NotStored(_("文件是空的。请检查后重新上传。"), code="empty")
    return size, digest.hexdigest()


def too_large(limit: int) -> NotStored:
    """The refusal of a file over its limit in bytes."""
    return NotStored(
        _("文件超过 %(limit)s。请压缩图片或拆分后再上传。") % {"limit": filesizeformat(limit)}, code="too-large"
    )


def _put(temporary: Path, place: Path) -> None:
    """Move a content to its place; the same content is there once, and counts as fresh for the sweep."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.utime(place)
    except FileNotFoundError:
        temporary.chmod(0o640)
        temporary.replace(place)
    _sync(place.parent)  # also of what is there: whoever puts the same there now may not have come so far


def keep(received: Received, *, by: Any, at: dt.datetime, about: Model | None = None) -> StoredFile:
    """Make the row of a received file, in the transaction of the action that it belongs to."""
    if received.by is not None and received.by != getattr(by, "pk", None):
        raise NotStored(_("这份文件是别人上传的。请重新上传。"), code="not-yours")
    if not received.path.exists():
        raise NotStored(_("上传的文件已过期。请重新上传。"), code="expired")
    model, key = _about(about)
    return rows.insert(
        StoredFile(
            sha256=received.sha256,
            size=received.size,
            media_type=received.media_type,
            name=received.name,
            kind=received.kind,
            about_model=model,
            about_id=key,
            uploaded_by=by,
            uploaded_at=at,
        )
    )


def _about(about: Model | None) -> tuple[str, str]:
    return ("", "") if about is None else (about._meta.label_lower, str(about.pk))


def attach(stored: StoredFile, about: Model) -> None:
    """Say which record a file is about."""
    stored.about_model, stored.about_id = _about(about)
    stored.save(update_fields=["about_model", "about_id"])


def remove(key: int | None) -> None:
    """Take away a file to which nothing refers any more: its row, and once that is certain its content."""
    stored = StoredFile.objects.filter(pk=key).first() if key is not None else None
    if stored is None:
        return
    stored.delete()

    def unlink() -> None:
        if not StoredFile.objects.filter(sha256=stored.sha256).exists():
            path(stored).unlink(missing_ok=True)

    transaction.on_commit(unlink)


def path(stored: StoredFile) -> Path:
    """Where the content of a file lies; it is not to be changed."""
    return content_path(stored.sha256)


def url(stored: StoredFile) -> str:
    """The address at which those who may read it get it."""
    return reverse("kit:file", args=[stored.pk])


def about(stored: StoredFile) -> Model | None:
    """The record that a file is about, if it has one and it is there."""
    from django.apps import apps

    if not stored.about_model:
        return None
    try:
        model: type[Model] = apps.get_model(stored.about_model)
        return model._base_manager.filter(pk=stored.about_id).first()
    except (LookupError, ValueError, ValidationError):
        return None


def may_read(user: Any, stored: StoredFile) -> access.Outcome:
    """May this person read this file? What its kind says; nobody may read a file whose kind is not known any more."""
    kind = _kinds.get(stored.kind)
    return kind.may_read(user, stored) if kind is not None else access.Refused("unknown-kind", _("不能查看。"))


def get_readable(user: Any, key: int) -> StoredFile:
    """A file that the person may read; Http404 alike for one that is not there and one that is not theirs."""
    stored = StoredFile.objects.filter(pk=key).first()
    if stored is None or not may_read(user, stored):
        raise Http404
    return stored


def validate_open(text: Any) -> None:
    """A validator of form fields: what is classified, or a national-defence patent, is refused with what to do."""
    refuse_classified(str(text or ""))


class FileInput(forms.FileInput):
    """A file input beside which what has been received already is kept, in a signed hidden field."""

    template_name = "upload"  # drawn by a function of `tidui.kit.forms`
    needs_multipart_form = True

    def __init__(self, kind: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.kind = kind
        self.received: Received | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The file of the form, or the token of one that came before it."""
        return files.get(name) or data.get(f"{name}-kept") or None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Neither came."""
        return name not in files and f"{name}-kept" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template and the script need to know."""
        context = super().get_context(name, value, attrs)
        kind = kind_of(self.kind)
        # A file that has arrived need not be chosen again.
        context["widget"]["attrs"].pop("required", None) if self.received else None
        context["widget"]["attrs"]["accept"] = kind.accept
        context["widget"]["attrs"]["data-limit"] = filesizeformat(kind.most)
        context["received"] = self.received
        context["kind"] = kind
        context["upload_url"] = reverse("kit:uploads")
        return context


class FileField(forms.FileField):
    """A file of a kind. The cleaned value is Received, or None; to keep it is the action's work.

    Without `wait` its content may still be on its way to the disk, as with `receive`.
    """

    def __init__(self, *, kind: str, wait: bool = True, **options: Any) -> None:
        self.kind, self.wait = kind, wait
        options.setdefault("widget", FileInput(kind))
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> Received | None:
        """Take the file in, or find the one that has come before."""
        if data is None or data == "":
            if self.required and not initial:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if isinstance(data, str):
            received = Received.of_token(data, self.kind)
            if received is None:
                raise ValidationError(_("上传的文件已过期。请重新上传。"), code="expired")
        else:
            received = receive(data, kind=self.kind, wait=self.wait)
        self.widget.received = received
        return received

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A file input shows no value."""
        return None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whenever a file came."""
        return data is not None
