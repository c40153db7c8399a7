"""One's messages on the site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from tidui.kit import formats, lists
from tidui.kit.models import Delivery, DeliveryState, Message
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to

MESSAGES: lists.List = lists.List(
    name="kit.messages",
    title=_("消息"),
    model=Message,
    permission="kit.signed_in",
    columns=(
        lists.text("subject", _("标题"), sort="subject", link=lambda message: f"/messages/{message.pk}/"),
        lists.badge(
            "read", _("状态"),
            value=lambda message: (_("已读"), "neutral") if message.read_at else (_("未读"), "info"), sort="read_at",
        ),
        lists.moment("sent_at", _("发送时间"), sort="sent_at"),
    ),
    filters=(
        lists.custom(
            "unread", _("阅读"), options=[("no", _("只看未读"))],
            apply=lambda rows, values: rows.filter(read_at__isnull=True) if values else rows,
        ),
    ),
    search=None,
    order="-sent_at",
    empty=_("没有符合条件的消息"),
    start=_("还没有消息"),
)  # fmt: skip

TONES = {
    DeliveryState.WAITING: "wait", DeliveryState.SENT: "good", DeliveryState.FAILED: "bad",
    DeliveryState.NO_GATEWAY: "warn",
}  # fmt: skip

DELIVERIES: lists.List = lists.List(
    name="kit.deliveries",
    title=_("外发消息"),
    model=Delivery,
    permission="kit.administer",
    columns=(
        lists.badge("state", _("状态"), value=lambda row: (row.get_state_display(), TONES[row.state]), sort="state"),
        lists.text("channel", _("通道"), value=lambda row: row.get_channel_display(), sort="channel"),
        lists.text("address", _("地址或号码"), value=lambda row: formats.desensitise(row.address)),
        lists.text("subject", _("标题"), value="message.subject"),
        lists.number("attempts", _("次数"), sort="attempts"),
        lists.moment("next_at", _("下次发送时间"), sort="next_at"),
        lists.text("error", _("失败原因")),
    ),
    filters=(lists.choice("state", _("状态"), DeliveryState.choices, field="state"),),
    search=None,
    order="-next_at",
    related=("message",),
    empty=_("没有符合条件的外发消息"),
    start=_("还没有外发消息"),
)


@page("kit.signed_in", methods=("GET", "POST"))
def inbox(request: HttpRequest) -> HttpResponseBase:
    """One's messages, newest first."""
    return lists.page(request, MESSAGES)


@page("kit.signed_in", methods=("GET", "POST"))
def show(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message. Opening it changes nothing; the button marks it read and leads to what it is about."""
    message = get_visible(request.user, Message, pk=message_id)
    if request.method == "POST":
        Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=timezone.now())
        local = url_has_allowed_host_and_scheme(message.link, allowed_hosts=None)
        return redirect(message.link if message.link and local else "kit:messages")
    return render(request, "kit/messages/message.html", {"message": message})


@page("kit.signed_in", methods=("POST",))
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of one's messages as read."""
    visible_to(request.user, Message).filter(read_at__isnull=True).update(read_at=timezone.now())
    return redirect("kit:messages")


@page("kit.administer", methods=("GET", "POST"))
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """What left the site by mail and short message, and what did not."""
    return lists.page(request, DELIVERIES)
