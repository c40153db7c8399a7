"""What gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections

from tidui.site.environment import KEPT_SECONDS
from tidui.site.turns import Turns

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidui.site.settings")
application = Turns(
    get_wsgi_application(), cookie=settings.SESSION_COOKIE_NAME, rest=connections.close_all, idle=KEPT_SECONDS
)
