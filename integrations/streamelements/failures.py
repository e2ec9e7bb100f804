"""What can stand between a token and its tips. Stored as code and params, shown as a sentence."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lumio.lib.errors import Refusal


class TipFailure(Refusal):
    """What StreamElements says, or that it says nothing."""

    status = 502
    #: Whether the token is over: trying the same again cannot help.
    is_final: ClassVar[bool] = False

    def __init__(self, *, retry_after: float | None = None, **params: Any) -> None:
        super().__init__(**params)
        self.retry_after = retry_after


class TokenRefused(TipFailure):
    code = "tip_token_refused"
    status = 409
    is_final = True
    sentence = _(
        "StreamElements does not accept this JWT (any more). Copy the current one from its dashboard (your account, "
        "Channels, Show secrets) and add it."
    )


class RightMissing(TipFailure):
    code = "tip_right_missing"
    status = 409
    sentence = _("StreamElements says that this JWT may not read tips. Copy the JWT of the channel's owner and add it.")


class TooOften(TipFailure):
    code = "tips_rate_limited"
    status = 429
    sentence = _("StreamElements asks for a pause: it was asked too often. Lumio goes on by itself.")


class NoAnswer(TipFailure):
    code = "tips_no_answer"
    sentence = _("StreamElements cannot be reached or does not answer as it should. Lumio keeps trying by itself.")


class SocketLost(TipFailure):
    code = "tips_socket_lost"
    sentence = _("The connection to StreamElements broke. Lumio is connecting again by itself.")


class OnlyAsked(TipFailure):
    """No socket can be had, and asking once a minute works."""

    code = "tips_only_asked"
    sentence = _("StreamElements sends nothing by itself right now. Lumio asks once a minute, so tips arrive late.")


class JwtUnreadable(TipFailure):
    """The encryption key is not there. Not final: it may come back."""

    code = "tip_token_unreadable"
    status = 409
    sentence = _(
        "The stored JWT cannot be read with this Lumio's encryption keys. Put the missing key back, or remove the "
        "token and add it again."
    )


class Broken(TipFailure):
    """What the supervisor says of a source that raised."""

    code = "broken"
    sentence = _("Something went wrong in Lumio while listening. It starts again by itself, and the log says more.")


STORED: dict[str, type[TipFailure]] = {
    failure.code: failure
    for failure in (TokenRefused, RightMissing, TooOften, NoAnswer, SocketLost, OnlyAsked, JwtUnreadable, Broken)
}


def stored(code: str) -> TipFailure:
    """The failure that was stored as `code`; one that this version does not know is that nothing is answered."""
    return STORED.get(code, NoAnswer)()
