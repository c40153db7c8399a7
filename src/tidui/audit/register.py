"""The register of personal data as a page: every model, its personal fields, what for, how long, and what then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tidui.audit import personal
from tidui.audit.personal import Declaration


@dataclass(frozen=True, slots=True)
class Entry:
    """One declaration, in words of the active language."""

    model: str
    label: str
    fields: tuple[tuple[str, str, str], ...]
    retention: str
    then: str


def entries() -> list[Entry]:
    """The register, by model."""
    return [_entry(one) for one in personal.declared()]


def without() -> list[tuple[str, str, str]]:
    """(name, label, reason) of the models that hold nothing personal but keys of people."""
    found = personal.declared_none()
    return sorted(
        (str(model._meta.verbose_name), model._meta.label, str(reason)) for model, reason in found.items()
    )  # fmt: skip


def keys() -> list[tuple[str, str]]:
    """(model, fields) of the references to people: they stay, and lead to a person without a name."""
    by_model: dict[str, list[str]] = {}
    for model, name in personal.references():
        by_model.setdefault(model._meta.label, []).append(name)
    return [(label, ", ".join(names)) for label, names in sorted(by_model.items())]


def _entry(one: Declaration) -> Entry:
    meta = one.model._meta
    fields = tuple(
        (name, str(getattr(meta.get_field(name), "verbose_name", name)), str(purpose))
        for name, purpose in one.fields.items()
    )
    then = _("删除整行") if one.delete else _("换成不指向任何人的内容")
    return Entry(str(meta.verbose_name), meta.label, fields, str(one.retention.words), then)


def page() -> str:
    """The register as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f"# {_('个人信息登记表')}"
    yield ""
    yield "<!-- tidui audit personal-data -->"
    yield ""
    yield f"| {_('数据')} | {_('个人信息与用途')} | {_('保留多久')} | {_('之后')} |"
    yield "|---|---|---|---|"
    for entry in entries():
        fields = "<br>".join(f"`{name}` {title}: {purpose}" for name, title, purpose in entry.fields)
        yield f"| {entry.model} `{entry.label}` | {fields} | {entry.retention} | {entry.then} |"
    yield ""
    yield f"## {_('指向人员的编号')}"
    yield ""
    yield _("姓名删除后编号仍在，指向一个没有姓名的人员，使记录保持完整。")
    yield ""
    yield from (f"- `{label}`: {names}" for label, names in keys())
    yield ""
    yield f"## {_('不含个人信息的数据')}"
    yield ""
    yield from (f"- {name} `{label}`{': ' + reason if reason else ''}" for name, label, reason in without())
