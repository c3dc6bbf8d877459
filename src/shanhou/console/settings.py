"""Django's settings, all from the console's own folder; strict by default."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from shanhou.console.access.oidc import read_directories
from shanhou.console.home import home
from shanhou.console.portal.home import FOLDER, portal_home
from shanhou.console.portal.router import ALIAS

_HERE = Path(__file__).resolve().parent
HOME = home()
_TOLD = HOME.told

SECRET_KEY = HOME.secret_key()
DEBUG = False
ALLOWED_HOSTS = list(_TOLD.hosts)
ROOT_URLCONF = "shanhou.console.urls"
WSGI_APPLICATION = "shanhou.console.wsgi.application"
PORTAL = portal_home(HOME.folder / FOLDER)
# the worker carries between the two; no page of the console asks the portal's
DATABASES = {"default": HOME.database(), ALIAS: PORTAL.database()}
DATABASE_ROUTERS = ["shanhou.console.portal.router.OwnDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "shanhou.console",
    "shanhou.console.portal",
]
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "OPTIONS": {"MAX_ENTRIES": 100_000}},
    "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages",
              "TIMEOUT": 600, "OPTIONS": {"MAX_ENTRIES": 400}},
}  # fmt: skip
"""In this process alone: limits are counted in the first, with room for as many as ask; `pages`
holds 400 pieces of pages, each of 64 KB at most (`pages/kept.py`).
"""
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "shanhou.console.middleware.uncached",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shanhou.console.house.language.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shanhou.console.middleware.seen",
    "shanhou.console.middleware.rows_of_who_asks",
    "shanhou.console.middleware.second_factor",
    "shanhou.console.middleware.Refusals",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shanhou.console.context.around",
            ],
            "builtins": ["shanhou.console.templatetags.shown"],
        },
    }
]

# ---- people ------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{one}", "OPTIONS": options}
    for one, options in (
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("UserAttributeSimilarityValidator", {}),
    )
] + [{"NAME": "shanhou.console.access.accounts.NotOfTheHouse"}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "work"
ACCOUNT_ADAPTER = "shanhou.console.access.accounts.Closed"
ACCOUNT_FORMS = {"reauthenticate": "shanhou.console.access.forms.AskAgain"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
# whom limits count: behind the proxy the address that it wrote itself
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _TOLD.https else 0
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
MFA_FORMS = {"add_webauthn": "shanhou.console.access.forms.NamePasskey"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "善后 shanhou"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _TOLD.https
USERSESSIONS_TRACK_ACTIVITY = True
DIRECTORIES = read_directories(HOME)

# ---- sessions and what browsers are told ---------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-shanhou" if _TOLD.https else "shanhou"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_IDLE_S = 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _TOLD.https
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf" if _TOLD.https else "shanhou-csrf"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = _TOLD.https
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "shanhou.console.views.problems.no_token"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TOLD.https else None
SECURE_SSL_REDIRECT = _TOLD.https
# a program that sends its token in the clear is told so, not led on in silence
SECURE_REDIRECT_EXEMPT = [r"^api/"]
SECURE_HSTS_SECONDS = 31_536_000 if _TOLD.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _TOLD.https
SECURE_HSTS_PRELOAD = _TOLD.https
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 50

# ---- languages, time, files ----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "shanhou-language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "static/"
STATIC_ROOT = HOME.folder / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "shanhou.console.files.NamedByContent"},
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "shanhou.console.house.quiet.OneLine",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "filters": {"secrets": {"()": "shanhou.console.house.quiet.WithoutSecrets"}},
    "handlers": {
        "out": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["secrets"]}
    },
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {"shanhou.sign_in": {"level": "INFO"}},
}
