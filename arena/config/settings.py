"""Settings of the site: one file for laptop and data centre, told apart by the environment alone.

Every variable stands in ``.env.example`` with a word on what it does.
"""

from __future__ import annotations

from pathlib import Path

import dj_database_url
import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from arena.config import env
from arena.config.accounts import *  # noqa: F403  # settings, of which each is one of these
from arena.config.budgets import *  # noqa: F403  # settings, of which each is one of these
from arena.demo.state import REDIS_ADDRESS
from inference_worker.wire.endpoints import exemption

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("ARENA_DATA_DIR", str(BASE_DIR / ".arena"))).resolve()

DEBUG = env.flag("ARENA_DEBUG", default=False)
SECRET_KEY = env.secret("ARENA_SECRET_KEY", DATA_DIR / "secret-key")
ALLOWED_HOSTS = env.listing("ARENA_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.listing("ARENA_TRUSTED_ORIGINS")
HTTPS = env.flag("ARENA_HTTPS", default=False)
METRICS_TOKEN = env.token("ARENA_METRICS_TOKEN")
"""Who shows it may read /metrics; without one there is no such address."""
PROXY_HOPS = env.integer("ARENA_PROXY_HOPS", 0)
"""Trusted proxies in front of the site; the visitor's address is that many hops from the right."""

ROOT_URLCONF = "arena.config.urls"
ASGI_APPLICATION = "arena.config.asgi.application"
WSGI_APPLICATION = "arena.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "arena.operations.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "arena.operations.apps.GuessesConfig",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "arena.core",
    "arena.voters",
    "arena.catalog",
    "arena.gates",
    "arena.battles",
    "arena.live",
    "arena.labels",
    "arena.leaderboard",
    "arena.api",
    "arena.demo",
    "arena.operations",
]

MIDDLEWARE = [
    "arena.core.health.HealthMiddleware",
    "arena.operations.metrics.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "arena.core.middleware.DomainErrorMiddleware",
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
            ]
        },
    }
]

# --- Database: SQLite for one machine, PostgreSQL through psycopg's pool when grown -------------

DATABASES = {
    "default": dj_database_url.parse(
        env.address(
            "DATABASE_URL",
            f"sqlite:///{DATA_DIR}/arena.sqlite3",
            ("sqlite", "postgres", "postgresql"),
        )
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that will write takes the lock at its start, so that two of them
    # queue for it instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": env.integer("ARENA_DB_POOL", 8, least=1)}
    }

# --- Redis: broker, streams, leases, channel layer and limits -----------------------------------

REDIS_URL = env.address(
    "REDIS_URL",
    env.written_down(DATA_DIR / REDIS_ADDRESS, "redis://127.0.0.1:6379/0"),
    ("redis", "rediss", "unix"),
)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "va:layer", "expiry": 10, "group_expiry": 3600},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "arena.config.broker:SiteTransport"
CELERY_TASK_DEFAULT_QUEUE = "arena"
SLOW_QUEUE = "arena-slow"
"""What keeps a core busy for seconds, so that a process of its own can take it from there."""
CELERY_TASK_ROUTES = {
    "arena.leaderboard.refit_slow": {"queue": SLOW_QUEUE},
    "arena.leaderboard.recount": {"queue": SLOW_QUEUE},
}
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
    # One queue is one list: no message has a priority.
    "priority_steps": [0],
}
CELERY_BEAT_SCHEDULE = {
    "reap": {"task": "arena.battles.reap", "schedule": 2.0, "options": {"expires": 2.0}},
    "check": {"task": "arena.catalog.check", "schedule": 5.0, "options": {"expires": 5.0}},
    "expire": {"task": "arena.battles.expire", "schedule": 60.0, "options": {"expires": 60.0}},
    "collect": {"task": "arena.battles.collect", "schedule": 600.0, "options": {"expires": 600.0}},
    "refresh": {"task": "arena.leaderboard.refresh", "schedule": 1.0, "options": {"expires": 1.0}},
    "refit": {"task": "arena.leaderboard.refit", "schedule": 5.0, "options": {"expires": 5.0}},
    "thin": {"task": "arena.leaderboard.thin", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "recount": {
        "task": "arena.leaderboard.recount",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"expires": 3600.0},
    },
}

SOCKETS_VOTER = env.integer("ARENA_SOCKETS_VOTER", 20, least=1)
SOCKETS_NETWORK = env.integer("ARENA_SOCKETS_NETWORK", 500, least=1)
"""Websockets that are open at once, counted by each process for itself."""
SOCKET_MESSAGES = env.integer("ARENA_SOCKET_MESSAGES", 100, least=0)
"""What one websocket may say before it is closed; the pages say nothing."""
LIMITS_STORAGE = env.text("ARENA_LIMITS_STORAGE", "") or REDIS_URL
"""Where rates and budgets are counted."""

# --- Static files and uploads ------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_HANDLERS = ["arena.core.uploads.CappedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

# --- Leaderboard -------------------------------------------------------------------------------

BOARD_MIN_VOTES = env.integer("ARENA_BOARD_MIN_VOTES", 10, least=1)
"""A model with fewer votes is listed as "too few votes", without a number."""
BOARD_REFIT_SECONDS = env.decimal("ARENA_BOARD_REFIT_SECONDS", 60.0, least=0.0)
"""Boards that need single votes (clustered errors, style) are fitted anew at most this often."""
BOARD_REFIT_VOTES = env.integer("ARENA_BOARD_REFIT_VOTES", 500_000, least=1)
"""Such a board rests on so many of the newest votes: this bounds its time and its memory."""
DRAW_POLICY = env.one_of(
    "ARENA_DRAW_POLICY", "fewest_votes", ("uniform", "fewest_votes", "a_optimal")
)
DRAW_FLOOR = env.decimal("ARENA_DRAW_FLOOR", 0.1, most=1.0)
"""The share of the draw that stays uniform, so that no pair becomes impossible or predictable."""

# --- Catalogue -----------------------------------------------------------------------------------

SEALING_KEYS = env.listing("ARENA_SEALING_KEY")
"""Fernet keys, newest first, that seal an endpoint's key for the worker."""
ENDPOINT_ALLOW = env.listing("ARENA_ENDPOINT_ALLOW", check=exemption)
"""Hosts, ports and networks that an endpoint may have although they are private or plain http."""

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
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = VOTER_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
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

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
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
    "filters": {"no_addresses": {"()": "arena.core.request_log.NoAddresses"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["no_addresses"],
            "formatter": env.one_of("ARENA_LOG_FORMAT", "line", ("line", "json")),
        }
    },
    "root": {
        "handlers": ["console"],
        "level": env.one_of("ARENA_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
    "loggers": {"django.utils.autoreload": {"level": "WARNING"}},
}
