"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from tidui.site.turns import Turns

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidui.site.settings")
application = Turns(get_wsgi_application())
