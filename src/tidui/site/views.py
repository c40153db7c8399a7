"""What a machine asks the site."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse

from tidui.kit.routes import page


@page("kit.public")
def health(request: HttpRequest) -> HttpResponse:
    """Says ok when the site answers and its database too; for the balancer in front, or whoever watches."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
