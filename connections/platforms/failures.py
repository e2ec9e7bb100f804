"""What a platform can answer instead of what was asked for. Stored as code and params, shown as a sentence."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lumio.lib.errors import Refusal


class PlatformFailure(Refusal):
    """`retry_after` is the number of seconds to wait; None where waiting is not what helps or nobody knows."""

    status = 502
    #: Whether the grant is over: trying the same again cannot help.
    is_final: ClassVar[bool] = False

    def __init__(self, *, retry_after: int | None = None, **params: Any) -> None:
        super().__init__(**params)
        self.retry_after = retry_after


class GrantEnded(PlatformFailure):
    code = "grant_ended"
    status = 409
    is_final = True
    sentence = _("{platform} ended this sign-in. It said: “{reason}”. Click Reconnect to sign in again.")


class CredentialsRejected(PlatformFailure):
    code = "credentials_rejected"
    status = 409
    is_final = True
    sentence = _(
        "{platform} does not accept the app credentials. It said: “{reason}”. Check Client ID and Client Secret on the "
        "App Credentials page."
    )


class CodeRejected(PlatformFailure):
    code = "code_rejected"
    status = 409
    is_final = True
    sentence = _("{platform} did not accept its own confirmation any more; it may have been too old. Connect again.")


class RedirectMismatch(PlatformFailure):
    code = "redirect_mismatch"
    status = 409
    is_final = True
    sentence = _(
        "{platform} does not know this Lumio's address. Add exactly {redirect_uri} as a redirect URI in the developer "
        "console, save there, then connect again."
    )


class ScopeRejected(PlatformFailure):
    code = "scope_rejected"
    status = 409
    is_final = True
    sentence = _("{platform} refused what Lumio asked for. It said: “{reason}”.")


class RateLimited(PlatformFailure):
    code = "platform_rate_limited"
    status = 429
    sentence = _(
        "{platform} asks for a pause: too many sign-ins in a short time. Wait {seconds} seconds, then try again."
    )


class Unavailable(PlatformFailure):
    code = "platform_unavailable"
    sentence = _("{platform} does not answer as it should right now. Nothing was changed; try again in a few minutes.")


class TokenRefused(PlatformFailure):
    """An API call was answered with 401: refresh, then try once more."""

    code = "token_refused"
    sentence = _("{platform} did not accept the access token.")


class ScopeMissing(PlatformFailure):
    code = "scope_missing"
    status = 409
    sentence = _("{platform} says that a permission is missing: “{reason}”. Click Reconnect to grant it.")


class AnswerLost(PlatformFailure):
    """A refresh was asked for, its answer never reached us, and the old refresh token no longer works."""

    code = "refresh_answer_lost"
    status = 409
    is_final = True
    sentence = _(
        "Lumio was interrupted while it renewed this sign-in, and {platform}'s answer was lost. Click Reconnect to "
        "sign in again."
    )


class NothingToRefreshWith(PlatformFailure):
    code = "no_refresh_token"
    status = 409
    is_final = True
    sentence = _("This sign-in has run out and cannot be renewed. Click Reconnect to sign in again.")


class NoCredentials(PlatformFailure):
    code = "no_credentials"
    status = 409
    is_final = True
    sentence = _("There are no app credentials for {platform}. Set them up on the App Credentials page.")


class SecretUnreadable(PlatformFailure):
    """The encryption key is not there. Not final: the key may come back."""

    code = "secret_unreadable"
    status = 409
    sentence = _(
        "What Lumio stored for {platform} cannot be read with its encryption keys. Put the missing key back, or enter "
        "the app credentials again and reconnect."
    )


class CredentialsChanged(PlatformFailure):
    code = "credentials_changed"
    status = 409
    is_final = True
    sentence = _("The app credentials now belong to another app. Click Reconnect to sign in through it.")


class GrantRevoked(PlatformFailure):
    code = "grant_revoked"
    status = 409
    is_final = True
    sentence = _("{platform} says that Lumio's access was taken back. Click Reconnect to allow it again.")


class SubscriptionEnded(PlatformFailure):
    code = "subscription_ended"
    sentence = _("{platform} ended the subscription to {topic}. It said: “{reason}”.")


class SubscriptionRefused(PlatformFailure):
    code = "subscription_refused"
    sentence = _("{platform} does not deliver {topic}. It said: “{reason}”.")


class SubscriptionLimit(PlatformFailure):
    code = "subscription_limit"
    sentence = _(
        "{platform} allows no more subscriptions, so {topic} is not delivered. It said: “{reason}”. Lumio asks again "
        "every few minutes."
    )


class NotReached(PlatformFailure):
    code = "unreachable"
    sentence = _("{platform} cannot be reached right now. Lumio keeps trying by itself.")


class ConnectionLost(PlatformFailure):
    code = "connection_lost"
    sentence = _("The connection to {platform} broke. Lumio is connecting again by itself.")


class TooManySockets(PlatformFailure):
    code = "too_many_sockets"
    sentence = _(
        "{platform} says that too many programs listen to this channel with the same app. Lumio tries again in a "
        "minute."
    )


class SourceBroken(PlatformFailure):
    code = "broken"
    sentence = _("Something went wrong in Lumio while listening. It starts again by itself, and the log says more.")


STORED: dict[str, type[PlatformFailure]] = {
    failure.code: failure
    for failure in (
        GrantEnded,
        CredentialsRejected,
        RateLimited,
        Unavailable,
        AnswerLost,
        NothingToRefreshWith,
        NoCredentials,
        SecretUnreadable,
        CredentialsChanged,
        GrantRevoked,
        ScopeMissing,
        SubscriptionEnded,
        SubscriptionRefused,
        SubscriptionLimit,
        TokenRefused,
        NotReached,
        ConnectionLost,
        TooManySockets,
        SourceBroken,
    )
}


def stored(code: str, params: dict[str, Any]) -> PlatformFailure:
    """The failure that was stored as `code` and `params`; an unknown code stays one."""
    return STORED.get(code, Unavailable)(**({"platform": "", "reason": "", "seconds": "", "topic": ""} | params))
