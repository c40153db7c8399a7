"""What a person sees when something did not go as they meant: what happened, what is kept, what to do now."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tidui.kit.access import Refused
from tidui.kit.pages import from_here, own_path, typed

#: Status → icon, title, what to do.
PAGES: dict[int, tuple[str, Any, Any]] = {
    400: (
        "alert-triangle",
        gettext_lazy("这个请求无法处理"),
        gettext_lazy("地址或表单内容不完整。请返回上一页重试；如果是从其他系统跳转而来，请从首页重新进入。"),
    ),
    403: ("lock", gettext_lazy("您无权查看此页"), gettext_lazy("如需查看，请联系本单位管理员为您设置角色。")),
    404: (
        "map-question",
        gettext_lazy("没有找到此页"),
        gettext_lazy("地址可能有误，内容可能已经移走，或者不在您的查看范围内。请从导航重新进入。"),
    ),
    413: (
        "file-alert",
        gettext_lazy("提交的内容太大"),
        gettext_lazy("请压缩或拆分文件后重新上传；扫描件一般用 200 dpi 黑白或灰度即可。"),
    ),
    422: ("alert-circle", gettext_lazy("这一步未能办理"), gettext_lazy("内容没有改变。请按原因处理后再试。")),
    429: ("clock-pause", gettext_lazy("操作过于频繁"), gettext_lazy("为保护账号和系统，请稍等再试。")),
    500: (
        "tool",
        gettext_lazy("系统出错了"),
        gettext_lazy(
            "您的操作没有完成，已有数据没有改变。错误已记录，请稍后再试；若反复出现，请将下面的时间告诉管理员。"
        ),
    ),
}


def answer(request: HttpRequest, status: int, reason: Any = "", **extra: Any) -> HttpResponse:
    """The error page, the fragment for htmx or the JSON for a script, with this status and reason."""
    icon, title, advice = PAGES[status]
    if _wants_json(request):
        return JsonResponse({"error": str(reason or title)}, status=status)
    held = {"held": [], "secret": False, "files": False, "again": False, **extra}
    context = {"status": status, "icon": icon, "title": title, "advice": advice, "reason": reason, **held}
    if request.headers.get("HX-Request") == "true":
        return _into_live_region(render(request, "kit/_problem.html", context, status=status))
    context["now"] = timezone.now()
    context["back"] = own_path(request, request.headers.get("Referer", ""))
    return render(request, "kit/error.html", context, status=status)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """What a refused person gets: the way to sign in, or the reason; what was typed is kept."""
    posted = request.method not in ("GET", "HEAD", "OPTIONS")
    if refusal.code != "sign-in":
        return answer(request, 422 if posted else 403, refusal.reason, **(_held(request) if posted else {}))
    if posted or request.headers.get("HX-Request") == "true" or _wants_json(request):
        return session_ended(request, 401)
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")


def session_ended(request: HttpRequest, status: int) -> HttpResponse:
    """Somebody sent a form after the session had ended: keep it, and offer to send it again after signing in."""
    if _wants_json(request):
        return JsonResponse({"error": _("登录已结束"), "signed_out": True}, status=status)
    sign_in = resolve_url(settings.LOGIN_URL)
    if request.headers.get("HX-Request") == "true":
        return _into_live_region(render(request, "kit/_signed_out.html", {"sign_in": sign_in}, status=status))
    back = own_path(request, request.headers.get("Referer", "")) or "/"
    signed_in = bool(getattr(request.user, "is_authenticated", False))
    context = {"sign_in": sign_in, "back": back, "signed_in": signed_in, **_held(request)}
    return render(request, "kit/session_ended.html", context, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is no longer valid, mostly because somebody signed in or out in another tab meanwhile."""
    return session_ended(request, 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 where the request was refused for its size."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return answer(request, 413)
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403"""
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404; it does not say whether the thing is there."""
    return answer(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: drawn without the database and without the person, for either may be what failed."""
    if _wants_json(request):
        return JsonResponse({"error": str(PAGES[500][1])}, status=500)
    icon, title, advice = PAGES[500]
    context = {"status": 500, "icon": icon, "title": title, "advice": advice}
    if request.headers.get("HX-Request") == "true":
        context |= {"reason": "", "held": []}
        return _into_live_region(render(request, "kit/_problem.html", context, status=500))
    return render(request, "kit/failed.html", context, status=500)


def too_many(request: HttpRequest, seconds: int, reason: Any = "") -> HttpResponse:
    """429: may be tried again after so many seconds."""
    minutes = -(-seconds // 60)
    wait = ngettext("请在 %(n)d 分钟后再试。", "请在 %(n)d 分钟后再试。", minutes) % {"n": minutes}
    response = answer(request, 429, f"{reason} {wait}".strip())
    response.headers["Retry-After"] = str(seconds)
    return response


def too_large(request: HttpRequest, reason: Any = "") -> HttpResponse:
    """413 with what was allowed."""
    return answer(request, 413, reason)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _into_live_region(response: HttpResponse) -> HttpResponse:
    """Have htmx put the fragment where a screen reader hears it, and leave the rest of the page as it is."""
    response.headers["HX-Retarget"] = "#problems"
    response.headers["HX-Reswap"] = "innerHTML"
    response.headers.setdefault("HX-Push-Url", "false")
    return response


def _held(request: HttpRequest) -> dict[str, Any]:
    """What was typed, if one of our own pages sent it: a foreign page must not get its form offered as ours."""
    if not from_here(request):
        return {"held": [], "secret": False, "files": False, "again": False}
    values, secret = typed(request)
    get_token(request)
    files = bool(request.FILES)
    return {"held": values, "secret": secret, "files": files, "again": bool(values) and not secret and not files}
