"""Django's settings, from the environment; docs/operators/environment.md tells every variable."""

from __future__ import annotations

from pathlib import Path

from tidui.site import environment as env
from tidui.site.sign_in_settings import *  # noqa: F403  the settings of signing in are theirs alone

PACKAGE = Path(__file__).resolve().parents[1]
HOME = Path(env.text("TIDUI_HOME") or Path.home() / ".local" / "share" / "tidui").resolve()
SCHEME, HOST = env.address()
#: What links in mails begin with.
TIDUI_ADDRESS = env.origin()
SECURE = SCHEME == "https"

SECRET_KEY = env.text("TIDUI_SECRET_KEY") or env.DEFAULT_SECRET
SECRET_KEY_FALLBACKS = [key for key in [env.text("TIDUI_OLD_SECRET_KEY")] if key]
DEBUG = env.switch("TIDUI_DEBUG")
ALLOWED_HOSTS = env.words("TIDUI_ALLOWED_HOSTS") or sorted({HOST} | (env.LOOPBACK if HOST in env.LOOPBACK else set()))
CSRF_TRUSTED_ORIGINS = [env.origin()]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "ninja",
    "django_tasks",
    "django_tasks_db",
    "tidui.audit",
    "tidui.kit",
    "tidui.accounts",
    "tidui.registry",
    "tidui.casework",
    "tidui.review",
    "tidui.recognition",
    "tidui.cultivation",
    "tidui.figures",
    "tidui.programmes",
    "tidui.site",
    *SIGN_IN_APPS,  # noqa: F405  after ours: our templates and words go first
]
if env.switch("TIDUI_DEMONSTRATION"):  # lists are answered by a stand-in there
    INSTALLED_APPS.append("tidui.demo")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tidui.kit.middleware.PrivatePages",
    "tidui.site.security.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tidui.kit.middleware.Language",
    "tidui.audit.middleware.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tidui.kit.middleware.Refusals",
    *SIGN_IN_MIDDLEWARE,  # noqa: F405
]
ROOT_URLCONF = "tidui.site.urls"
WSGI_APPLICATION = "tidui.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tidui.kit.context.looks",
            ]
        },
    }
]
FORM_RENDERER = "tidui.kit.forms.Renderer"
CSRF_FAILURE_VIEW = "tidui.kit.views.errors.csrf_failure"
DATABASES = {"default": env.database(HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "tidui.kit.tasks.Backend"}}

# ---------------------------------------------------------------------- language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]  # tidui: data
LANGUAGE_COOKIE_NAME = "tidui_language"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# ---------------------------------------------------------------------- people and sessions
AUTH_USER_MODEL = "accounts.User"
#: Argon2id, t=2, 19 MiB, p=1: 30 ms of processor time, so that a rush on the last evening can still sign in.
PASSWORD_HASHERS = ["tidui.site.security.Argon2id"]
SESSION_COOKIE_NAME = "tidui_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "tidui_csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ---------------------------------------------------------------------- what the browser is told
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the names beside this one are not ours to decide on
SECURE_SSL_REDIRECT = False  # the server in front of it redirects: this one may be reached by http only from there
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.switch("TIDUI_TRUST_PROXY") else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# ---------------------------------------------------------------------- files
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
MEDIA_ROOT = HOME / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tidui.site.static.Storage"},
}
#: Without collected files (development, tests) they are read where they lie.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not (STATIC_ROOT / "staticfiles.json").exists()
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # a form without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 50
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_HANDLERS = ["tidui.kit.intake.WholeBody", "django.core.files.uploadhandler.TemporaryFileUploadHandler"]
#: The largest file that a person may send, in bytes.
TIDUI_UPLOAD_MAX = env.number("TIDUI_UPLOAD_MB", 100) * 2**20
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

# ---------------------------------------------------------------------- mail
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("TIDUI_EMAIL_FROM", f"tidui@{HOST}")
EMAIL_HOST = env.text("TIDUI_EMAIL_HOST")
EMAIL_PORT = env.number("TIDUI_EMAIL_PORT", 465)
EMAIL_HOST_USER = env.text("TIDUI_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("TIDUI_EMAIL_PASSWORD")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 20
#: Without a mail server messages stay in the site, and what would have gone by mail is written to a folder.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = HOME / "mail"
#: Short messages: a dotted path to a gateway (see tidui.kit.outbox); none is plugged in by default.
TIDUI_SMS_GATEWAY = env.text("TIDUI_SMS_GATEWAY")
TIDUI_SMS_URL = env.text("TIDUI_SMS_URL")
TIDUI_SMS_TOKEN = env.text("TIDUI_SMS_TOKEN")

# ---------------------------------------------------------------------- log
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} [{process}] {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("TIDUI_LOG_LEVEL", "WARNING")},
    "loggers": {
        "tidui": {"level": env.text("TIDUI_LOG_LEVEL", "INFO")},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "gunicorn.http.wsgi": {"level": "ERROR"},  # it warns of every answer to HEAD
    },
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # subdomains: see above
    "security.W008",  # redirect to https: see above
    "security.W021",  # preloading is for the owner of the whole domain
]
