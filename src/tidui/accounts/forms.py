"""The forms of organisations, members, reach and joining; they check what is typed, actions check the rest."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts import evidence, queries
from tidui.accounts.actions.organisations import NewOrganisation
from tidui.accounts.enums import RECOMMENDING, OrganisationKind, ReachKind, Role, roles_for
from tidui.accounts.models import Membership, Organisation, User
from tidui.accounts.signin.names import as_mobile, check_name
from tidui.accounts.standing import in_force
from tidui.codes import uscc
from tidui.kit import clock, files
from tidui.kit import divisions as kept_divisions
from tidui.kit.lang import of

EMPTY = ("", _("请选择"))


def division_choices(*, counties: bool = True) -> list[tuple[str, Any]]:
    """The prefectures, each with its counties as a group; a prefecture without counties stands alone."""
    table = kept_divisions.table().values()
    grouped: list[tuple[str, Any]] = [EMPTY]
    for prefecture in (one for one in table if one.level == "prefecture"):
        own = (prefecture.code, of(prefecture.zh, prefecture.en))
        inside = [
            (one.code, of(one.zh, one.en))
            for one in table
            if one.level == "county" and one.prefecture == prefecture.code
        ]
        grouped.append((own[1], [own, *inside]))
    return grouped


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**options)


class CodeField(forms.CharField):
    """A credit code: full-width and small letters are read, a wrong one is refused with what is wrong."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("统一社会信用代码"))
        options.setdefault("max_length", 30)
        options.setdefault("help_text", _("营业执照上的 18 位代码"))
        super().__init__(**options)

    def clean(self, value: Any) -> str | None:
        """The 18 characters, or None."""
        code = uscc.normalise(super().clean(value) or "")
        if code and uscc.problem(code) is not None:
            raise ValidationError(_("统一社会信用代码有误，请对照营业执照核对 18 位代码。"))
        return code or None


class MobileField(forms.CharField):
    """A mobile number of the mainland, eleven digits."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("手机号码"))
        options.setdefault("max_length", 20)
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}))
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        """The eleven digits, or nothing."""
        typed = super().clean(value) or ""
        mobile = as_mobile(typed)
        if typed and not mobile:
            raise ValidationError(_("请填写 11 位手机号码。"))
        return mobile


def _reason(*, required: bool = True, **options: Any) -> forms.CharField:
    options.setdefault("label", _("原因"))
    return forms.CharField(max_length=200, required=required, **options)


def _name_field() -> forms.CharField:
    return forms.CharField(label=_("单位名称"), max_length=200)


class _PlaceForm(forms.Form):
    """A form with a division and a zone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("zone",):
            if name in self.fields:
                self.fields[name].queryset = queries.public_zones()  # type: ignore[attr-defined]
        if "division" in self.fields:
            self.fields["division"].choices = division_choices()  # type: ignore[attr-defined]


def _zone_field() -> forms.ModelChoiceField[Organisation]:
    return forms.ModelChoiceField(
        Organisation.objects.none(), label=_("所在开发区"), required=False, empty_label=_("不在开发区、新区内"),
    )  # fmt: skip


def _affiliation_field() -> forms.ModelChoiceField[Organisation]:
    units = Organisation.objects.filter(kind__in=sorted(RECOMMENDING), active=True).order_by("name")
    return forms.ModelChoiceField(units, label=_("隶属单位"), required=False, empty_label=_("没有隶属单位"))


class FoundForm(_PlaceForm):
    """Registers an organisation."""

    kind = forms.ChoiceField(label=_("单位类别"), choices=OrganisationKind.choices)
    name = _name_field()
    uscc = CodeField(required=False)
    division = forms.ChoiceField(label=_("行政区划"), required=False)
    zone = _zone_field()
    affiliation = _affiliation_field()
    recommends_alone = forms.BooleanField(
        label=_("独立推荐"), required=False, help_text=_("只用于新区：区内企业只由新区推荐，不再由所在市县推荐。")
    )
    since = DayField(label=pgettext_lazy("day", "自"), help_text=_("从哪一天起登记"))
    reason = _reason(required=False, label=_("说明"))

    def organisation(self) -> NewOrganisation:
        """What was typed."""
        given = self.cleaned_data
        zone, affiliation = given["zone"], given["affiliation"]
        return NewOrganisation(
            kind=given["kind"], name=given["name"], uscc=given["uscc"], division=given["division"],
            zone_id=zone and zone.pk, affiliation_id=affiliation and affiliation.pk,
            recommends_alone=given["recommends_alone"] and given["kind"] == OrganisationKind.ZONE,
        )  # fmt: skip


class RenameForm(forms.Form):
    """A new name or credit code from a day on."""

    name = _name_field()
    uscc = CodeField(required=False)
    since = DayField(label=_("生效日期"), help_text=_("可以填将来的日期，到当天生效。"))
    reason = _reason(help_text=_("例如：更名登记，并写明文号"))

    def changes(self, organisation: Organisation) -> dict[str, Any]:
        """What differs from the organisation's last state."""
        return _changes(self, organisation, ("name", "uscc"))


class MoveForm(_PlaceForm):
    """A new place or affiliation from a day on."""

    division = forms.ChoiceField(label=_("行政区划"), required=False)
    zone = _zone_field()
    affiliation = _affiliation_field()
    since = DayField(label=_("生效日期"), help_text=_("可以填将来的日期，到当天生效，推荐单位随之改变。"))
    reason = _reason(help_text=_("例如：迁址登记，并写明文号"))

    def changes(self, organisation: Organisation) -> dict[str, Any]:
        """What differs from the organisation's last state."""
        return _changes(self, organisation, ("division", "zone", "affiliation"))


def _changes(form: forms.Form, organisation: Organisation, names: tuple[str, ...]) -> dict[str, Any]:
    last = organisation.states.select_related("zone", "affiliation").get(until__isnull=True)
    given = {name: form.cleaned_data[name] for name in names}
    return {name: value for name, value in given.items() if (value or None) != (getattr(last, name) or None)}


class CloseForm(forms.Form):
    """An organisation ends on a day."""

    since = DayField(label=_("停用日期"), help_text=_("从这一天起停用。"))
    reason = _reason()


class MergeForm(forms.Form):
    """A unit becomes part of another on a day."""

    into = forms.ModelChoiceField(Organisation.objects.none(), label=_("并入单位"), empty_label=EMPTY[1])
    since = DayField(label=_("合并日期"), help_text=_("从这一天起，并入单位接管推荐范围和成员。"))
    reason = _reason()

    def __init__(self, *arguments: Any, absorbed: Organisation, **options: Any) -> None:
        super().__init__(*arguments, **options)
        units = Organisation.objects.filter(kind__in=sorted(RECOMMENDING), active=True).exclude(pk=absorbed.pk)
        self.fields["into"].queryset = units.order_by("name")  # type: ignore[attr-defined]


class ReachForm(_PlaceForm):
    """A unit reaches something from a day on."""

    unit = forms.ModelChoiceField(Organisation.objects.none(), label=_("推荐单位"), empty_label=EMPTY[1])
    kind = forms.ChoiceField(
        label=_("范围类别"), choices=[one for one in ReachKind.choices if one[0] != ReachKind.PROVINCE]
    )
    division = forms.ChoiceField(
        label=_("行政区划"), required=False, help_text=_("类别为“行政区划”时选择；选市州即包括其全部县区。")
    )
    zone = _zone_field()
    affiliation = _affiliation_field()
    code = CodeField(label=_("指定单位的信用代码"), required=False, help_text=_("类别为“指定单位”时填写。"))
    since = DayField(label=pgettext_lazy("day", "自"))
    until = DayField(label=_("至(不含)"), required=False, help_text=_("没有期限的不填。"))
    reason = _reason(help_text=_("例如：机构调整，并写明文号"))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        units = Organisation.objects.filter(kind__in=sorted(RECOMMENDING), active=True).order_by("name")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Only what the kind asks for is read: the division, the zone, the affiliation or the named organisation."""
        given = super().clean() or {}
        kind = given.get("kind")
        given["target"] = None
        if kind == ReachKind.ZONE:
            given["target"] = given.get("zone")
            self._need("zone", given.get("zone"))
        elif kind == ReachKind.AFFILIATION:
            given["target"] = given.get("affiliation")
            self._need("affiliation", given.get("affiliation"))
        elif kind == ReachKind.ORGANISATION:
            given["target"] = Organisation.objects.filter(uscc=given.get("code")).first() if given.get("code") else None
            if given["target"] is None and "code" not in self.errors:
                self.add_error("code", _("没有登记这个信用代码的单位。"))
        else:
            self._need("division", given.get("division"))
        if kind != ReachKind.DIVISION:
            given["division"] = ""
        return given

    def _need(self, name: str, value: Any) -> None:
        if not value and name not in self.errors:
            self.add_error(name, _("请选择。"))


class EndReachForm(forms.Form):
    """A reach ends on a day."""

    until = DayField(label=_("结束日期"), help_text=_("从这一天起不再有效。"))
    reason = _reason()


class _ColleagueForm(forms.Form):
    """A form that chooses one of an organisation's members."""

    def colleagues(self, organisation: Organisation, *, but: User | None = None) -> Any:
        """The members of today; without one of them."""
        held = Membership.objects.filter(in_force(clock.now()), organisation=organisation)
        people = User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "pk")
        return people.exclude(pk=but.pk) if but is not None else people


class GiveRoleForm(_ColleagueForm):
    """Gives another role to a member."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("成员"), empty_label=EMPTY[1])
    role = forms.ChoiceField(label=_("角色"))
    reason = _reason(required=False)

    def __init__(self, *arguments: Any, organisation: Organisation, by: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["user"].queryset = self.colleagues(organisation, but=by)  # type: ignore[attr-defined]
        self.fields["role"].choices = role_choices(organisation)  # type: ignore[attr-defined]


def role_choices(organisation: Organisation) -> list[tuple[str, Any]]:
    """The roles of an organisation of this kind; none is chosen beforehand."""
    return [EMPTY, *((role.value, role.label) for role in roles_for(organisation.kind))]


class InviteForm(forms.Form):
    """Invites a person by a link."""

    name = forms.CharField(label=_("被邀请人姓名"), max_length=64)
    role = forms.ChoiceField(label=_("角色"))

    def __init__(self, *arguments: Any, organisation: Organisation, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["role"].choices = role_choices(organisation)  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    """Ends a role."""

    reason = _reason()


class HandOverForm(_ColleagueForm):
    """A colleague takes a role over for good."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("接手人"), empty_label=EMPTY[1])
    reason = _reason(help_text=_("例如：调离、退休"))

    def __init__(self, *arguments: Any, membership: Membership, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["to"].queryset = self.colleagues(membership.organisation, but=membership.user)  # type: ignore[attr-defined]


class DelegateForm(_ColleagueForm):
    """A colleague holds a role too from one day to another, both included."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("代理人"), empty_label=EMPTY[1])
    first = DayField(label=_("开始日期"))
    last = DayField(label=_("结束日期"), help_text=_("这一天仍由代理人代理。"))
    reason = _reason(required=False, help_text=_("例如：出差、休假"))

    def __init__(self, *arguments: Any, membership: Membership, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["to"].queryset = self.colleagues(membership.organisation, but=membership.user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The moments at which it begins and ends."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last:
            if last < first:
                self.add_error("last", _("结束日期不能早于开始日期。"))
            given["since"] = clock.start_of(first)
            given["until"] = clock.start_of(last + dt.timedelta(days=1))
        return given


class PersonForm(forms.Form):
    """Who somebody is: for a new account."""

    person = forms.CharField(label=_("姓名"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    mobile = MobileField()
    email = forms.EmailField(
        label=_("电子邮箱"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    username = forms.RegexField(
        r"^[\w.+-]{3,64}\Z", label=_("登录名"), max_length=64,
        help_text=_("3 至 64 个字符，可用字母、汉字、数字和 . + - _"),
        validators=[check_name], error_messages={
            "invalid": _("登录名只能用字母、汉字、数字和 . + - _，至少 3 个字符。")
        },
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("密码"), strip=False, max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("再输入一次密码"), strip=False, max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same."""
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", _("两次输入的密码不一致。"))
        return given


class JoinForm(_PlaceForm):
    """For which enterprise somebody asks to act."""

    uscc = CodeField()
    name = forms.CharField(label=_("企业名称"), max_length=200, validators=[files.validate_open])
    division = forms.ChoiceField(label=_("行政区划"), help_text=_("营业执照住所所在的县区；嘉峪关市不分县区。"))
    zone = _zone_field()
    evidence = files.FileField(
        kind=evidence.KIND, label=_("证明材料"), help_text=_("营业执照，以及单位出具的委托书或介绍信；合成一个文件。")
    )


class ConfirmForm(forms.Form):
    """Confirms a later member with a role; a first administrator has no choice."""

    role = forms.ChoiceField(label=_("角色"))

    def __init__(self, *arguments: Any, organisation: Organisation, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["role"].choices = role_choices(organisation)  # type: ignore[attr-defined]
        self.fields["role"].initial = Role.CLERK


class RefuseForm(forms.Form):
    """Turns a request down."""

    reason = forms.CharField(
        label=_("不通过的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("申请人会看到。")
    )


class ProfileForm(forms.Form):
    """What a person says about themselves."""

    name = forms.CharField(label=_("姓名"), max_length=64)
    mobile = MobileField(required=False)
    email = forms.EmailField(label=_("电子邮箱"), required=False)
