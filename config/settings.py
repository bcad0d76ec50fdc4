"""Every setting, read from the environment. Nothing set: a trial on SQLite with the worker inside the web process.

What is named LIBRA_… here is recorded at each start where it changed, and people may read it: no secret is named so.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import campus, env, transports
from core import money

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

# --- Where things are -------------------------------------------------------------------------------------------------

DATA_DIR = Path(env.text("LIBRA_DATA_DIR", str(BASE_DIR / "data"))).resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"LIBRA_DATA_DIR names {DATA_DIR}, which cannot be made: {error.strerror}.") from None

# --- Trial or production ----------------------------------------------------------------------------------------------

PRODUCTION = env.boolean("LIBRA_PRODUCTION")
HTTPS = env.boolean("LIBRA_HTTPS", PRODUCTION)  # off only behind nothing at all: a trial on one's own machine
DEBUG = env.boolean("LIBRA_DEBUG")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("LIBRA_DEBUG shows the inside of Libra to everybody. Switch it off in production.")


def trial_key() -> str:
    """Return the trial's secret key; the first process to ask makes it, readable by its user only."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        fresh = DATA_DIR / f".secret_key.{os.getpid()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(fresh, path)  # fails when another process was quicker; its key is then the one
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="utf-8").strip()


SECRET_KEY = env.secret("LIBRA_SECRET_KEY")
if not SECRET_KEY and PRODUCTION:
    raise ImproperlyConfigured("LIBRA_SECRET_KEY is not set. Production needs one of at least 50 random characters.")
SECRET_KEY = SECRET_KEY or trial_key()

LOCAL_HOSTS = ("127.0.0.1", "localhost")  # health checks come from the machine itself
ALLOWED_HOSTS = [*LOCAL_HOSTS, *env.words("LIBRA_ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = env.words("LIBRA_CSRF_TRUSTED_ORIGINS")
if PRODUCTION and len(ALLOWED_HOSTS) == len(LOCAL_HOSTS):
    raise ImproperlyConfigured("LIBRA_ALLOWED_HOSTS is not set. Name the host that people type, such as libra.example.")

# --- The library and its finance system -------------------------------------------------------------------------------

LIBRA_CURRENCY = env.text("LIBRA_CURRENCY", "GBP").upper()
if not money.known(LIBRA_CURRENCY):
    raise ImproperlyConfigured(f"LIBRA_CURRENCY is '{LIBRA_CURRENCY}'. Write a currency's three letters, such as GBP.")
LIBRA_TIMING_DAYS = env.integer("LIBRA_TIMING_DAYS", 7, most=31)
LIBRA_PO_PATTERN = env.pattern("LIBRA_PO_PATTERN")
LIBRA_COST_CENTRES = env.words("LIBRA_COST_CENTRES")
LIBRA_COST_CENTRE_SEGMENT = env.integer("LIBRA_COST_CENTRE_SEGMENT", 2, least=1)
LIBRA_DATE_ORDER = env.choice("LIBRA_DATE_ORDER", ("dmy", "mdy"), "dmy")
LIBRA_XML_DATE_ORDER = env.choice("LIBRA_XML_DATE_ORDER", ("dmy", "mdy"), "mdy")
LIBRA_YEAR_BEGINS = env.integer("LIBRA_YEAR_BEGINS", 8, least=1, most=12)  # the financial year's first month
LIBRA_ORDER_IDLE_DAYS = env.integer("LIBRA_ORDER_IDLE_DAYS", 90, least=1)  # no movement for so long: say so
LIBRA_ORDER_LOW = env.integer("LIBRA_ORDER_LOW", 10, least=0, most=100)  # per cent left: nearly used up
LIBRA_ORDERS_TELL = env.words("LIBRA_ORDERS_TELL")  # addresses that are told of orders that need somebody
LIBRA_MATERIALITY = env.amount("LIBRA_MATERIALITY", money.decimals(LIBRA_CURRENCY))  # minor units; above it: say why

LIBRA_BURSAR_DAYS = env.integer("LIBRA_BURSAR_DAYS", 730, least=1)  # so long names of closed fees and fines are kept
LIBRA_BURSAR_SETTLE = env.integer("LIBRA_BURSAR_SETTLE", 5, most=600)  # seconds in which a file must not change
BURSAR_CONNECTIONS = transports.connections()  # with their secrets
LIBRA_BURSAR_CONNECTIONS = {name: place.address for name, place in BURSAR_CONNECTIONS.items()}  # for the record
LIBRA_ALMA_URL = env.https("LIBRA_ALMA_URL")  # of Alma's REST; '' where payments go there by files only
ALMA_KEY = env.secret("LIBRA_ALMA_KEY")

LIBRA_UPLOAD_MB = env.integer("LIBRA_UPLOAD_MB", 250, least=1)  # one file, as it comes
DATA_UPLOAD_MAX_NUMBER_FILES = env.integer("LIBRA_UPLOAD_FILES", 20, least=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # a form without its files

# --- The application --------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "core",
    "reconcile",
    "bursar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "core.web.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # the last: it answers instead of a page when somebody is locked out
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.web.context.libra",
            ]
        },
    }
]
DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "libra.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Jobs -------------------------------------------------------------------------------------------------------------

REDIS_URL = env.secret("REDIS_URL")
EMBEDDED_WORKER = not REDIS_URL
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
# Redis hands a message out again when it was not answered in this time, so it must be longer than any job.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600} if REDIS_URL else {"polling_interval": 0.1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True  # the Job row holds what came out
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 2 * 3600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50  # gives the memory of large months back
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
JOB_LEASE_SECONDS = 120  # a running job that has not been heard of for so long is taken up again
JOB_SWEEP_SECONDS = 15

# --- People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
OIDC = campus.oidc(PRODUCTION)
SAML = campus.saml()
if OIDC or SAML:
    AUTHENTICATION_BACKENDS.append("core.campus.CampusBackend")
LIBRA_SIGN_IN = ["password"]  # for the record
LIBRA_SIGN_IN += [f"OIDC {OIDC['issuer']}"] if OIDC else []
LIBRA_SIGN_IN += [f"SAML {SAML['idp']['entityId']}"] if SAML else []
LIBRA_CAMPUS_ROLES = campus.roles()
LIBRA_SECOND_FACTOR = env.choice(
    "LIBRA_SECOND_FACTOR", ("administrators", "everybody", "off"), "administrators" if PRODUCTION else "off"
)
OTP_TOTP_ISSUER = "Libra"
LIBRA_TOKEN_DAYS = env.integer("LIBRA_TOKEN_DAYS", 365, least=1, most=365)  # how long a personal token lasts at most
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a colleague at the next desk is not locked out too
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "core.web.sign_in.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username"]
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 8 * 3600  # a working day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, where there is no TLS
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preloading is for whole domains; Libra is one host of a university's
if env.boolean("LIBRA_BEHIND_PROXY"):  # only then may a request say by itself that it came over TLS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- Language, static files, mail, logs -------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = LIBRA_TIME_ZONE = env.zone("LIBRA_TIME_ZONE", "Europe/London")  # of the site: schedules go by it
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# A trial serves the files as they lie there; production serves what collectstatic hashed and compressed.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else DATA_DIR / "static"
if not PRODUCTION:
    STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("LIBRA_MAIL_FROM", "libra@localhost")
MAIL_URL = urlsplit(env.secret("LIBRA_MAIL_URL"))
if MAIL_URL.scheme in ("smtp", "smtps") and MAIL_URL.hostname:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = MAIL_URL.hostname, MAIL_URL.port or (465 if MAIL_URL.scheme == "smtps" else 587)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(MAIL_URL.username or ""), unquote(MAIL_URL.password or "")
    EMAIL_USE_SSL = MAIL_URL.scheme == "smtps"
    EMAIL_USE_TLS = not EMAIL_USE_SSL and "tls=off" not in MAIL_URL.query
    EMAIL_TIMEOUT = 20
elif MAIL_URL.geturl():
    raise ImproperlyConfigured("LIBRA_MAIL_URL is not a mail server. Write smtp://user:password@host:587 or smtps://….")
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

LOG_LEVEL = env.choice("LIBRA_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
# On standard error: standard output is a command's result, which programs read.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "core": {"level": LOG_LEVEL},
        "reconcile": {"level": LOG_LEVEL},
        "bursar": {"level": LOG_LEVEL},
    },
}
