"""Every setting comes from the environment (`.env` is read); `.env.example` documents each."""

from __future__ import annotations

from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from lumio.env import (
    ROOT,
    BadSetting,
    env_bool,
    env_choice,
    env_hosts,
    env_int,
    env_list,
    env_redis,
    env_smtp,
    env_str,
    env_url,
    host_of,
    read_env_file,
    split_address,
)
from lumio.lib import crypto, sqlite

read_env_file(ROOT / ".env")
VAR = Path(env_str("LUMIO_VAR_DIR") or ROOT / "var")
# Keys that the first embedded start made (see `lumio.up`).
read_env_file(VAR / "keys.env")

# --- Where Lumio lives -------------------------------------------------------------------------------------------

LUMIO_URL = env_url("LUMIO_URL", "http://localhost:8000")
LUMIO_OVERLAY_URL = env_url("LUMIO_OVERLAY_URL", env_str("NEXT_PUBLIC_OVERLAY_URL") or "http://overlay.localhost:8000")
#: Where platforms deliver to: LUMIO_URL, unless only a tunnel can be reached from the internet.
LUMIO_WEBHOOK_URL = env_url("LUMIO_WEBHOOK_URL", LUMIO_URL)
LUMIO_LAN_HOSTS = env_hosts("LUMIO_LAN_HOSTS")
LUMIO_HOST = host_of(LUMIO_URL)
LUMIO_OVERLAY_HOST = host_of(LUMIO_OVERLAY_URL)
LUMIO_WEBHOOK_HOST = host_of(LUMIO_WEBHOOK_URL)
if LUMIO_HOST == LUMIO_OVERLAY_HOST:
    raise BadSetting("LUMIO_OVERLAY_URL", "needs a host of its own, so that cookies never reach an overlay.")
if LUMIO_WEBHOOK_HOST == LUMIO_OVERLAY_HOST:
    raise BadSetting("LUMIO_WEBHOOK_URL", "cannot have the host of LUMIO_OVERLAY_URL, which serves overlays alone.")
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = sorted({LUMIO_HOST, LUMIO_OVERLAY_HOST, LUMIO_WEBHOOK_HOST, *LUMIO_LAN_HOSTS, *LOOPBACK_HOSTS})
CSRF_TRUSTED_ORIGINS = [LUMIO_URL]
IS_HTTPS = LUMIO_URL.startswith("https://")
#: Where `make run` has daphne listen; here only to judge whether that is safe (see `lumio.checks`).
LUMIO_BIND = env_str("LUMIO_BIND") or "127.0.0.1"
#: And at which port, unless LUMIO_URL names one; here only so that nobody has Lumio call itself.
LUMIO_PORT = env_int("PORT", 8000, low=1, high=65535)
LUMIO_ALLOW_HTTP = env_bool("LUMIO_ALLOW_HTTP", default=False)

#: Several streamers who do not know each other share this instance.
LUMIO_MULTI_TENANT = env_bool("LUMIO_MULTI_TENANT", default=False)
#: Whether hosts that people type in may be of a private network.
LUMIO_ALLOW_PRIVATE_HOSTS = env_bool("LUMIO_ALLOW_PRIVATE_HOSTS", default=not LUMIO_MULTI_TENANT)
LUMIO_OPEN_SIGNUP = env_bool("LUMIO_OPEN_SIGNUP", default=False)
LUMIO_ACCOUNTS_PER_PERSON = env_int("LUMIO_ACCOUNTS_PER_PERSON", 3, low=0, high=1000)

#: allauth's name of a provider of identities → where its own sign-in begins.
SOCIAL_ORIGINS = {
    "discord": "https://discord.com",
    "github": "https://github.com",
    "google": "https://accounts.google.com",
    "twitch": "https://id.twitch.tv",
}
SOCIAL_NAMES = {"discord": "Discord", "github": "GitHub", "google": "Google", "twitch": "Twitch"}


def social_providers() -> dict[str, dict[str, object]]:
    """allauth's settings for every provider that has an application of the operator's."""
    found: dict[str, dict[str, object]] = {}
    for provider in SOCIAL_ORIGINS:
        prefix = f"LUMIO_SOCIAL_{provider.upper()}"
        client_id, secret = env_str(f"{prefix}_CLIENT_ID"), env_str(f"{prefix}_CLIENT_SECRET")
        if bool(client_id) != bool(secret):
            missing = "CLIENT_SECRET" if client_id else "CLIENT_ID"
            raise BadSetting(f"{prefix}_{missing}", "is not set, but its other half is. Set both or neither.")
        if client_id:
            # Twitch knows no PKCE.
            app = {"client_id": client_id, "secret": secret}
            found[provider] = {"APP": app, "OAUTH_PKCE_ENABLED": provider != "twitch"}
    return found


SOCIALACCOUNT_PROVIDERS = social_providers()
#: Which of them there are: they alone are installed, have doors and buttons.
LUMIO_SOCIAL = list(SOCIALACCOUNT_PROVIDERS)

# --- Keys --------------------------------------------------------------------------------------------------------

SECRET_KEY = env_str("LUMIO_SECRET_KEY")
#: `id:base64,id:base64`; the first one encrypts, all of them decrypt. Read by `lumio.lib.crypto`.
LUMIO_ENCRYPTION_KEYS = env_str("LUMIO_ENCRYPTION_KEYS")
if not SECRET_KEY or not LUMIO_ENCRYPTION_KEYS:
    raise BadSetting(
        "LUMIO_SECRET_KEY" if not SECRET_KEY else "LUMIO_ENCRYPTION_KEYS",
        "is not set. `make run` makes the keys on its first start; elsewhere set them as .env.example says.",
    )
try:
    crypto.parse_keys(LUMIO_ENCRYPTION_KEYS)
except crypto.BadKeys as error:
    raise BadSetting("LUMIO_ENCRYPTION_KEYS", str(error)) from None

DEBUG = env_bool("LUMIO_DEBUG", default=False)

# --- Applications ------------------------------------------------------------------------------------------------

# `daphne` and `graphene_django` are used without being installed apps: as such they cost 27 and 20 MiB a process.
# Neither is `django_htmx`: of it we use the middleware, and its static files break `collectstatic` with hashed imports.
INSTALLED_APPS = [
    "lumio",
    "accounts",
    "events",
    "connections",
    "integrations",
    "tokens",
    "overlays",
    "automations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "allauth.socialaccount",
    *(f"allauth.socialaccount.providers.{provider}" for provider in LUMIO_SOCIAL),
    "django_cotton",
    "django_guid",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",  # first: whatever is logged later says which request it is about
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lumio.compression.CompressedPages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lumio.form_addresses.FormAddresses",
    "accounts.middleware.PersonMiddleware",
    "accounts.sessions.LastSeen",
    "accounts.throttle.Throttle",  # last: what it refuses is in the caller's language
]

#: A request keeps the id that a proxy gave it.
DJANGO_GUID = {"GUID_HEADER_NAME": "X-Request-ID", "EXPOSE_HEADER": False, "UUID_FORMAT": "hex"}

ROOT_URLCONF = "lumio.urls"
ASGI_APPLICATION = "lumio.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lumio.navigation.shell",
            ],
        },
    }
]

# --- Database ----------------------------------------------------------------------------------------------------

DATABASE_URL = env_str("DATABASE_URL")
#: A server that has vanished from the network is given up, in seconds (the last in milliseconds).
PATIENCE_WITH_POSTGRESQL = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def database(url: str) -> dict[str, object]:
    """Django's settings for `DATABASE_URL`; without one, SQLite in `var/`."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR / "lumio.sqlite3",
            "OPTIONS": {
                # IMMEDIATE: a transaction that turns from reading to writing would otherwise fail without waiting.
                # It is also why ATOMIC_REQUESTS stays off: every GET would take the write lock.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: a rotated refresh token that was committed must survive a power cut.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
            },
            "TEST": {"NAME": VAR / "test.sqlite3"},
        }
    parts = split_address("DATABASE_URL", url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not name or "/" in parts.path[1:]:
        raise BadSetting("DATABASE_URL", "takes postgresql://user:password@host/database.")
    options = dict(parse_qsl(parts.query))
    # A process that is frozen in the middle of a transaction lets go of its locks before its lease runs out: whoever
    # takes over must not wait for it.
    options["options"] = f"{options.get('options', '')} -c idle_in_transaction_session_timeout=5s".strip()
    # After 10 s without a connection a page says that the database is busy (see `lumio.views.server_error`).
    pool = {"min_size": 1, "max_size": env_int("LUMIO_DATABASE_POOL", 10, low=1, high=200), "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_HEALTH_CHECKS": True,
        # What stands behind the question mark is libpq's: an `sslmode` that is asked for must not be lost.
        "OPTIONS": {**PATIENCE_WITH_POSTGRESQL, **options, "pool": pool},
    }


sqlite.use_newest()
DATABASES = {"default": database(DATABASE_URL)}

# --- Valkey ------------------------------------------------------------------------------------------------------

REDIS_URL = env_redis("REDIS_URL", f"unix://{VAR / 'valkey.sock'}")
CACHES = {"default": {"BACKEND": "lumio.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "accounts.sessions"

# --- Sign-in -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["accounts.hashing.InTurn"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # there may be no mail server
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
SOCIALACCOUNT_ADAPTER = "accounts.social.SocialAdapter"
SOCIALACCOUNT_FORMS = {"disconnect": "accounts.social.UnlinkForm"}
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_STORE_TOKENS = False
#: An identity's e-mail address opens nobody's account: the other side may never have checked it.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
PASSWORD_RESET_TIMEOUT = 3600
# Django's own: the one of allauth also writes rows of addresses, which nothing here needs.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # clocks of phones and servers differ; `accounts.forms` keeps codes single-use all the same
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.ConfirmCodeForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.forms.PasskeyForm",
    "login_webauthn": "accounts.forms.PasskeySignInForm",
    "reauthenticate_webauthn": "accounts.forms.ConfirmPasskeyForm",
}

SESSION_COOKIE_NAME = "__Host-lumio_session" if IS_HTTPS else "lumio_session"
CSRF_COOKIE_NAME = "__Host-lumio_csrf" if IS_HTTPS else "lumio_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "lumio.views.csrf_failure"

# --- Mail --------------------------------------------------------------------------------------------------------

EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_SSL, EMAIL_USE_TLS = env_smtp("LUMIO_EMAIL_URL")
#: Seconds for each step of the conversation with the server.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_str("LUMIO_EMAIL_FROM")
#: Whether notifications go out by mail too.
LUMIO_SENDS_MAIL = bool(EMAIL_HOST)
if LUMIO_SENDS_MAIL and not parseaddr(DEFAULT_FROM_EMAIL)[1].partition("@")[2]:
    raise BadSetting("LUMIO_EMAIL_FROM", "has to name the sender beside LUMIO_EMAIL_URL: Lumio <lumio@example.com>.")

# --- Platforms: every outside address can be pointed elsewhere -----------------------------------------------------

TWITCH_AUTH_URL = env_url("TWITCH_AUTH_URL", "https://id.twitch.tv/oauth2")
TWITCH_API_URL = env_url("TWITCH_API_URL", "https://api.twitch.tv/helix")
TWITCH_EVENTSUB_API_URL = env_url("TWITCH_EVENTSUB_API_URL", TWITCH_API_URL)
TWITCH_EVENTSUB_WS_URL = env_url("TWITCH_EVENTSUB_WS_URL", "wss://eventsub.wss.twitch.tv/ws", schemes=("ws", "wss"))
TWITCH_CDN_URL = env_url("TWITCH_CDN_URL", "https://static-cdn.jtvnw.net")
#: Pictures of cheermotes; those of badges and emotes come from the other.
TWITCH_CHEER_CDN_URL = env_url("TWITCH_CHEER_CDN_URL", "https://d3aqoihi2n8ty8.cloudfront.net")
YOUTUBE_AUTH_URL = env_url("YOUTUBE_AUTH_URL", "https://accounts.google.com")
YOUTUBE_TOKEN_URL = env_url("YOUTUBE_TOKEN_URL", "https://oauth2.googleapis.com")
YOUTUBE_API_URL = env_url("YOUTUBE_API_URL", "https://www.googleapis.com/youtube/v3")
#: Units a day of each Google project. A project may be given more, which is then for all accounts of this Lumio.
YOUTUBE_DAILY_UNITS = env_int("YOUTUBE_DAILY_UNITS", 10_000, low=1, high=100_000_000)
#: Pictures of channels come from either.
YOUTUBE_CDN_URL = env_url("YOUTUBE_CDN_URL", "https://yt3.ggpht.com")
YOUTUBE_AVATAR_URL = env_url("YOUTUBE_AVATAR_URL", "https://yt3.googleusercontent.com")
KICK_AUTH_URL = env_url("KICK_AUTH_URL", "https://id.kick.com")
KICK_API_URL = env_url("KICK_API_URL", "https://api.kick.com")
KICK_FILES_URL = env_url("KICK_FILES_URL", "https://files.kick.com")
#: In PEM. Without it Kick is asked.
KICK_PUBLIC_KEY = env_str("KICK_PUBLIC_KEY").replace("\\n", "\n")
TROVO_AUTH_URL = env_url("TROVO_AUTH_URL", "https://open.trovo.live")
TROVO_API_URL = env_url("TROVO_API_URL", "https://open-api.trovo.live/openplatform")
TROVO_CHAT_URL = env_url("TROVO_CHAT_URL", "wss://open-chat.trovo.live/chat", schemes=("ws", "wss"))
TROVO_CDN_URL = env_url("TROVO_CDN_URL", "https://headicon.trovo.live")
SPOTIFY_AUTH_URL = env_url("SPOTIFY_AUTH_URL", "https://accounts.spotify.com")
SPOTIFY_API_URL = env_url("SPOTIFY_API_URL", "https://api.spotify.com/v1")
SPOTIFY_CDN_URL = env_url("SPOTIFY_CDN_URL", "https://i.scdn.co")
#: Pictures of people come from a host of many names.
SPOTIFY_AVATAR_URL = env_url("SPOTIFY_AVATAR_URL", "https://*.spotifycdn.com")
DISCORD_URL = env_url("DISCORD_URL", "https://discord.com")
DISCORD_API_URL = env_url("DISCORD_API_URL", f"{DISCORD_URL}/api/v10")
DISCORD_CDN_URL = env_url("DISCORD_CDN_URL", "https://cdn.discordapp.com")
STREAMELEMENTS_API_URL = env_url("STREAMELEMENTS_API_URL", "https://api.streamelements.com/kappa/v2")
STREAMELEMENTS_ASTRO_URL = env_url("STREAMELEMENTS_ASTRO_URL", "wss://astro.streamelements.com", schemes=("ws", "wss"))
#: The older gateway, for when Astro cannot be had.
STREAMELEMENTS_REALTIME_URL = env_url(
    "STREAMELEMENTS_REALTIME_URL", "wss://realtime.streamelements.com", schemes=("ws", "wss")
)

#: Whose emotes are looked for in messages, the most important first.
EMOTE_PROVIDERS = ("7tv", "bttv", "ffz")
LUMIO_EMOTES = tuple(name for name in env_list("LUMIO_EMOTES") or EMOTE_PROVIDERS if name != "none")
if unknown := set(LUMIO_EMOTES) - set(EMOTE_PROVIDERS):
    raise BadSetting("LUMIO_EMOTES", f"names {', '.join(sorted(unknown))}; it takes 7tv, bttv and ffz, or none.")
SEVENTV_API_URL = env_url("SEVENTV_API_URL", "https://7tv.io/v3")
SEVENTV_CDN_URL = env_url("SEVENTV_CDN_URL", "https://cdn.7tv.app")
BTTV_API_URL = env_url("BTTV_API_URL", "https://api.betterttv.net/3")
BTTV_CDN_URL = env_url("BTTV_CDN_URL", "https://cdn.betterttv.net")
FFZ_API_URL = env_url("FFZ_API_URL", "https://api.frankerfacez.com/v1")
FFZ_CDN_URL = env_url("FFZ_CDN_URL", "https://cdn.frankerfacez.com")

# --- Headers -----------------------------------------------------------------------------------------------------

#: The editor shows what was uploaded where it is served, which is without cookies.
UPLOADS_URL = f"{LUMIO_OVERLAY_URL}/uploads/"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [
            SELF,
            "data:",
            TWITCH_CDN_URL,
            TWITCH_CHEER_CDN_URL,
            YOUTUBE_CDN_URL,
            YOUTUBE_AVATAR_URL,
            KICK_FILES_URL,
            TROVO_CDN_URL,
            SPOTIFY_CDN_URL,
            SPOTIFY_AVATAR_URL,
            DISCORD_CDN_URL,
            SEVENTV_CDN_URL,
            BTTV_CDN_URL,
            FFZ_CDN_URL,
            UPLOADS_URL,
        ],
        "media-src": [SELF, UPLOADS_URL],
        "connect-src": [SELF],
        # Previews of overlays.
        "frame-src": [SELF, LUMIO_OVERLAY_URL],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Chromium counts where a form's answer leads to.
        "form-action": [SELF, *(SOCIAL_ORIGINS[provider] for provider in LUMIO_SOCIAL)],
    }
}
#: Popouts and overlays: OBS puts its Custom CSS into the page as a <style> element.
OBS_STYLE_SRC = [SELF, UNSAFE_INLINE]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
#: Also whether `X-Forwarded-For` says who asks (see `lumio.hosts`).
LUMIO_BEHIND_PROXY = env_bool("LUMIO_BEHIND_PROXY", default=IS_HTTPS)
if LUMIO_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Operation ---------------------------------------------------------------------------------------------------

#: Days that chat and events are kept; 0 is for ever.
LUMIO_CHAT_DAYS = env_int("LUMIO_CHAT_DAYS", 7, low=0, high=36_500)
LUMIO_EVENT_DAYS = env_int("LUMIO_EVENT_DAYS", 365, low=0, high=36_500)
#: Lets a scraper read /metrics from elsewhere than this machine.
LUMIO_METRICS_TOKEN = env_str("LUMIO_METRICS_TOKEN")
#: Seconds that a stopping web process goes on answering while /readyz says that it is going.
LUMIO_DRAIN_SECONDS = env_int("LUMIO_DRAIN_SECONDS", 0, low=0, high=300)
# Redirects to https, and headers for domains that are not ours to decide on, are the proxy's.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

# --- Static files ------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env_str("LUMIO_STATIC_DIR") or VAR / "static")
STATICFILES_DIRS = [ROOT / "static"]
#: What people bring for their overlays. Of several machines that serve one Lumio each has to see the same.
LUMIO_UPLOADS_DIR = Path(env_str("LUMIO_UPLOADS_DIR") or VAR / "uploads")
#: Bytes of it that one account may take.
LUMIO_UPLOAD_QUOTA = env_int("LUMIO_UPLOAD_QUOTA_MB", 500, low=1, high=1_000_000) * 1024 * 1024
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": LUMIO_UPLOADS_DIR, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "lumio.staticfiles.HashedFiles"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
# No page names a file without its hash, so those need not be compressed either: half the work of `collectstatic`.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- Languages and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [ROOT / "locale"]
LANGUAGE_COOKIE_NAME = "lumio_language"
USE_TZ = True
TIME_ZONE = "UTC"

# --- API ---------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    # Endpoints are `accounts.gates.ApiView`s, which say who may come in; whatever is not one lets nobody in.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "EXCEPTION_HANDLER": "accounts.problems.handle",
    "URL_FORMAT_OVERRIDE": None,  # there is one format, so `?format=` means nothing
    "DEFAULT_SCHEMA_CLASS": "lumio.openapi.Schema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lumio",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1/",
    "POSTPROCESSING_HOOKS": ["lumio.openapi.complete"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Background work ---------------------------------------------------------------------------------------------

CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    "beat-lives": {"task": "lumio.tasks.beat_lives", "schedule": 30, "options": {"expires": 25}},
    # Every task claims its rows in the database, so running one twice does no harm.
    "refresh-due-grants": {"task": "connections.tasks.refresh_due", "schedule": 60, "options": {"expires": 55}},
    "warn-of-ends": {"task": "connections.tasks.warn_of_ends", "schedule": 3600, "options": {"expires": 3000}},
    "warn-of-ending-tokens": {
        "task": "integrations.tasks.warn_of_ends",
        "schedule": 3600,
        "options": {"expires": 3000},
    },
    "validate-due-grants": {"task": "connections.tasks.validate_due", "schedule": 60, "options": {"expires": 55}},
    # As often as `connections.domain.orders.SWEPT_EVERY` says.
    "send-waiting-messages": {"task": "connections.tasks.send_waiting", "schedule": 5, "options": {"expires": 4}},
    "forget-chat-orders": {"task": "connections.tasks.forget_orders", "schedule": 3600, "options": {"expires": 3000}},
    "forget-sources": {"task": "overlays.tasks.forget_sources", "schedule": 3600, "options": {"expires": 3000}},
    "sweep-runs": {"task": "automations.tasks.sweep_runs", "schedule": 15, "options": {"expires": 14}},
    "forget-runs": {"task": "automations.tasks.forget_runs", "schedule": 3600, "options": {"expires": 3000}},
    "sweep-uploads": {"task": "overlays.tasks.sweep_uploads", "schedule": 3600, "options": {"expires": 3000}},
    "sweep-alerts": {"task": "overlays.tasks.sweep_alerts", "schedule": 60, "options": {"expires": 55}},
    "forget-alerts": {"task": "overlays.tasks.forget_alerts", "schedule": 3600, "options": {"expires": 3000}},
    "forget-old-events": {"task": "events.tasks.forget", "schedule": 3600, "options": {"expires": 3000}},
    "send-notifications": {"task": "accounts.tasks.send_notifications", "schedule": 60, "options": {"expires": 55}},
    "finish-deletions": {"task": "accounts.tasks.finish_deletions", "schedule": 60, "options": {"expires": 55}},
    "forget-revoked-tokens": {"task": "tokens.tasks.forget_revoked", "schedule": 3600, "options": {"expires": 3000}},
    "forget-sessions": {"task": "accounts.tasks.forget_sessions", "schedule": 3600, "options": {"expires": 3000}},
    "forget-notifications": {
        "task": "accounts.tasks.forget_notifications",
        "schedule": 3600,
        "options": {"expires": 3000},
    },
}

# --- Logs --------------------------------------------------------------------------------------------------------

LUMIO_LOG_LEVEL = env_choice("LUMIO_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "lumio.lib.redact.RedactingFilter"},
        "request": {"()": "lumio.logs.AboutRequest"},
        "outage": {"()": "lumio.logs.OneLineAnOutage"},
    },
    "formatters": {
        "line": {"()": "lumio.lib.redact.RedactingFormatter", "format": "%(levelname)s %(name)s: %(message)s%(about)s"},
        "json": {"()": "lumio.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if env_bool("LUMIO_LOG_JSON", default=False) else "line",
            "filters": ["request", "redact"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LUMIO_LOG_LEVEL},
    "loggers": {
        # Without handlers of its own: those that Django gives it write past the mask.
        "django": {"handlers": []},
        "django.server": {"handlers": ["stderr"], "propagate": False},
        # Below this it writes statements with the values in them, such as keys of sessions.
        "django.db.backends": {"level": "INFO"},
        "daphne": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "celery.beat": {"filters": ["outage"]},
        # Otherwise it says two things about every request.
        "django_guid": {"level": "ERROR"},
        # Below this it writes frames, and of long ones both ends: what is left of a token cannot be recognised there.
        "websockets": {"level": "INFO"},
        # At INFO it writes passwords, and every refusal as an error with the way it came.
        "obsws_python": {"level": "CRITICAL"},
    },
}
