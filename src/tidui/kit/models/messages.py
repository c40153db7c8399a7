"""Messages on the site, and the outbox of e-mails and short messages that a worker sends."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """A message to one person on the site, worded when it was sent."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="site_messages", verbose_name=_("收件人")
    )
    kind = models.CharField(_("类别"), max_length=60)
    subject = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("内容"))
    link = models.CharField(_("相关页面"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("发送时间"), default=timezone.now)
    read_at = models.DateTimeField(_("阅读时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("站内消息")
        indexes = (models.Index(fields=["recipient", "read_at", "-sent_at"], name="message_of_recipient"),)

    def __str__(self) -> str:
        return self.subject


class Channel(models.TextChoices):
    """Ways out of the site."""

    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")
    NO_GATEWAY = "no_gateway", _("未配置通道")


class Delivery(models.Model):
    """One e-mail or short message; it is tried again, later each time, until it is sent or given up."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", verbose_name=_("站内消息"))
    channel = models.CharField(_("通道"), max_length=10, choices=Channel.choices)
    address = models.CharField(_("地址或号码"), max_length=254)
    state = models.CharField(_("状态"), max_length=12, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    next_at = models.DateTimeField(_("下次发送时间"), default=timezone.now)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    reference = models.CharField(_("通道回执"), max_length=100, blank=True)
    error = models.CharField(_("失败原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("外发消息")
        indexes = (
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="delivery_waiting"),
        )
        constraints = (
            models.UniqueConstraint(fields=["message", "channel"], name="a_message_leaves_once_by_each_channel"),
        )

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.message}"
