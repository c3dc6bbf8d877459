"""Django's settings of the portal: no accounts, no script, no table but its own."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from shanhou.console.portal.home import home
from shanhou.console.portal.router import ALIAS

_HERE = Path(__file__).resolve().parent
PORTAL = home()
_TOLD = PORTAL.told

SECRET_KEY = PORTAL.secret_key()
DEBUG = False
ALLOWED_HOSTS = list(_TOLD.hosts)
ROOT_URLCONF = "shanhou.console.portal.urls"
WSGI_APPLICATION = "shanhou.console.portal.wsgi.application"
DATABASES = {"default": {}, ALIAS: PORTAL.database()}
DATABASE_ROUTERS = ["shanhou.console.portal.router.OwnDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shanhou.console.portal"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "shanhou.console.portal.middleware.quiet",
    "shanhou.console.house.language.language",
    "shanhou.console.portal.middleware.own_origin",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "shanhou.console.portal.context.around",
            ],
            "builtins": ["shanhou.console.portal.templatetags.told"],
        },
    }
]

# ---- what browsers are told ----------------------------------------------------------------------
CSRF_COOKIE_NAME = "__Host-form" if _TOLD.https else "form"
CSRF_COOKIE_AGE = None
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = _TOLD.https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "shanhou.console.portal.views.problems.no_token"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TOLD.https else None
SECURE_SSL_REDIRECT = _TOLD.https
SECURE_HSTS_SECONDS = 31_536_000 if _TOLD.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _TOLD.https
SECURE_HSTS_PRELOAD = _TOLD.https
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 250_000
# room for words that are too long, which come back to be shortened instead of being lost
DATA_UPLOAD_MAX_NUMBER_FIELDS = 40
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["shanhou.console.portal.middleware.NoFiles"]

# ---- languages, time -----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "static/"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "shanhou.console.portal.log.PlaceOnly"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["out"], "level": "ERROR"},
}
