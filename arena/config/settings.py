"""Settings of the site: one file for laptop and data centre, told apart by the environment alone.

Every variable stands in ``.env.example`` with a word on what it does.
"""

from __future__ import annotations

import gc

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF

from arena.config.accounts import *  # noqa: F403  # settings, of which each is one of these
from arena.config.beat import *  # noqa: F403  # settings, of which each is one of these
from arena.config.budgets import *  # noqa: F403  # settings, of which each is one of these
from arena.config.budgets import HTTPS
from arena.config.catalogue import *  # noqa: F403  # settings, of which each is one of these
from arena.config.env import BASE_DIR, DATA_DIR, env
from arena.config.evaluating import *  # noqa: F403  # settings, of which each is one of these
from arena.config.installed import *  # noqa: F403  # settings, of which each is one of these
from arena.config.integrity import *  # noqa: F403  # settings, of which each is one of these
from arena.config.links import *  # noqa: F403  # settings, of which each is one of these
from arena.config.moderation import *  # noqa: F403  # settings, of which each is one of these
from arena.config.privacy import *  # noqa: F403  # settings, of which each is one of these
from arena.config.publishing import *  # noqa: F403  # settings, of which each is one of these
from arena.config.ranking import *  # noqa: F403  # settings, of which each is one of these
from arena.config.samples import *  # noqa: F403  # settings, of which each is one of these
from arena.config.telling import *  # noqa: F403  # settings, of which each is one of these

django_stubs_ext.monkeypatch()
# At Python's own 700 new objects, the collector runs hundreds of times while Django starts, and
# finds next to nothing: a tenth of the time of a start.
gc.set_threshold(50_000, 10, 10)

DEBUG = env.flag("ARENA_DEBUG", default=False)
SECRET_KEY = env.secret("ARENA_SECRET_KEY", DATA_DIR / "secret-key")
ALLOWED_HOSTS = env.listing("ARENA_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.listing("ARENA_TRUSTED_ORIGINS")
METRICS_TOKEN = env.token("ARENA_METRICS_TOKEN")
"""The token for /metrics; without one the address does not exist."""
PROXY_HOPS = env.integer("ARENA_PROXY_HOPS", 0)
"""Trusted proxies in front of the site; the visitor's address is that many hops from the right."""

ROOT_URLCONF = "arena.config.urls"
ASGI_APPLICATION = "arena.config.asgi.application"
WSGI_APPLICATION = "arena.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "arena.core.web.health.HealthMiddleware",
    "arena.metrics.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "arena.api.middleware.KeptAnswerMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "arena.gates.closed_group.ClosedGroupMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "arena.core.web.middleware.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "arena.config.links.pages",
            ]
        },
    }
]

# --- Database: SQLite for one machine, PostgreSQL through psycopg's pool when grown -------------

DATABASES = {
    "default": dj_database_url.parse(env.database_url(f"sqlite:///{DATA_DIR}/arena.sqlite3"))
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that will write takes the lock at its start, so that two of them
    # queue for it instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            # What is deleted is overwritten: erased texts stay in no free page of the file.
            "PRAGMA secure_delete=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": env.integer("ARENA_DB_POOL", 8, least=1)}
    }

# --- Redis: broker, streams, leases, channel layer and limits -----------------------------------

REDIS_URL = env.redis_url("redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "va:layer", "expiry": 10, "group_expiry": 3600},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "arena.config.broker:SiteTransport"
CELERY_TASK_DEFAULT_QUEUE = "arena"
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 2.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # else a Redis that is full ends the worker
CELERY_BROKER_CONNECTION_TIMEOUT = 2.0
# Redis may hang or drop: no call waits for ever, and a consumer notices within seconds.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2.0,
    "socket_connect_timeout": 2.0,
    "health_check_interval": 5,
    "priority_steps": [0],  # one queue is one list: no message has a priority
}

SOCKETS_VOTER = env.integer("ARENA_SOCKETS_VOTER", 20, least=1)
SOCKETS_NETWORK = env.integer("ARENA_SOCKETS_NETWORK", 500, least=1)
"""Websockets that are open at once, counted by each process for itself."""
SOCKET_MESSAGES = env.integer("ARENA_SOCKET_MESSAGES", 100, least=0)
"""The number of messages after which a websocket is closed; the pages send none."""
LIMITS_STORAGE = env.text("ARENA_LIMITS_STORAGE", "") or REDIS_URL
"""The store in which rates and budgets are counted."""

# --- Static files and uploads ------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_HANDLERS = ["arena.core.web.uploads.CappedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

# --- Security ----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "arena.core.web.error_pages.page_too_old"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = VOTER_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("ARENA_HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.flag("ARENA_HSTS_PRELOAD", default=False)
# Both reach beyond this site and are hard to take back, so an owner asks for them by name.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if HTTPS and PROXY_HOPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

OTP_TOTP_ISSUER = "Vision Arena"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Language and time -------------------------------------------------------------------------

LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربيّة"),
    ("zh-hans", "简体中文"),
]
"""Each by its own name, and only those whose catalogue is complete: see .ci/translations."""
LANGUAGE_CODE = env.one_of("ARENA_LANGUAGE", "en", tuple(code for code, _name in LANGUAGES))
LOCALE_PATHS = [BASE_DIR / "arena" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "filters": {"no_addresses": {"()": "arena.core.web.request_log.NoAddresses"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["no_addresses"],
            "formatter": env.log_format(),
        }
    },
    "root": {
        "handlers": ["console"],
        "level": env.log_level(),
    },
    "loggers": {"django.utils.autoreload": {"level": "WARNING"}},
}

env.check()
