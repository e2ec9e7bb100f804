"""What a platform can answer instead of what was asked for. Stored as code and params, shown as a sentence."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lumio.lib.errors import Refusal


class PlatformFailure(Refusal):
    """What a platform says, or that it says nothing."""

    status = 502
    #: Whether the grant is over: trying the same again cannot help.
    is_final: ClassVar[bool] = False
    #: Whether the platform may have done what was asked although no usable answer came.
    outcome_unknown: ClassVar[bool] = False

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


class ClientUnknown(CredentialsRejected):
    code = "client_unknown"
    sentence = _(
        "{platform} does not know the Client ID. It said: “{reason}”. Copy it from the developer console once more and "
        "save it on the App Credentials page."
    )


class ClientSecretRejected(CredentialsRejected):
    code = "client_secret_rejected"
    sentence = _(
        "{platform} does not accept the app credentials. It said: “{reason}”. The Client Secret is wrong or has been "
        "replaced: make a new one in the developer console and save it on the App Credentials page."
    )


class ClientPublic(CredentialsRejected):
    code = "client_public"
    sentence = _(
        "{platform} says that the app has no secret: “{reason}”. It is registered as Public. Register one whose client "
        "type is Confidential and save its Client ID and Client Secret on the App Credentials page."
    )


class ClientDeleted(CredentialsRejected):
    code = "client_deleted"
    sentence = _(
        "{platform} says that the app behind the app credentials was deleted: “{reason}”. Make a new one in the "
        "developer console and save its Client ID and Client Secret on the App Credentials page."
    )


class ClientTypeRejected(CredentialsRejected):
    code = "client_type_rejected"
    sentence = _(
        "{platform} does not let an app of this type sign people in. It said: “{reason}”. Make one of the type that "
        "the steps on the App Credentials page name, and save its Client ID and Client Secret there."
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
    sentence = _(
        "{platform} refuses a permission that Lumio asks for. It said: “{reason}”. Nothing in your settings is wrong: "
        "update Lumio, or tell whoever runs it."
    )


class RateLimited(PlatformFailure):
    code = "platform_rate_limited"
    status = 429
    sentence = _(
        "{platform} asks for a pause: it was asked too often in a short time. Wait {seconds} seconds, then try again."
    )


class Unavailable(PlatformFailure):
    code = "platform_unavailable"
    sentence = _("{platform} does not answer as it should right now. Nothing was changed; try again in a few minutes.")


class NoAnswer(Unavailable):
    """The request may have reached the platform, its answer did not reach us."""

    code = "platform_silent"
    outcome_unknown = True
    sentence = _(
        "{platform} could not be reached or took too long to answer. Nothing was changed; try again in a few minutes. "
        "If it stays like this, look at the network of the machine that Lumio runs on."
    )


class NotUnderstood(Unavailable):
    """Something was answered that is neither tokens nor an error of the platform's."""

    code = "answer_not_understood"
    outcome_unknown = True
    sentence = _(
        "What came back from {platform} is not what a sign-in looks like. Nothing was changed; try again in a few "
        "minutes. If it stays like this, a proxy or a firewall may be answering in its place."
    )


class RefusedOddly(Unavailable):
    """A refusal in words we do not know: not taken for final."""

    code = "refused_oddly"
    sentence = _(
        "{platform} refused, in words that Lumio does not know: “{reason}”. Nothing was changed; try again in a few "
        "minutes."
    )


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


class OtherApp(PlatformFailure):
    """What a validation found."""

    code = "other_app"
    status = 409
    is_final = True
    sentence = _(
        "{platform} says that this sign-in was made through another app than the one on the App Credentials page. "
        "Click Reconnect to sign in through yours."
    )


class OtherIdentity(PlatformFailure):
    """What a validation found."""

    code = "other_identity"
    status = 409
    is_final = True
    sentence = _(
        "{platform} says that this sign-in belongs to somebody else than {channel}. Click Reconnect and sign in there "
        "as {channel}."
    )


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


class NotSent(PlatformFailure):
    """A message that the platform took and did not show, or did not take."""

    code = "not_sent"
    status = 409
    sentence = _("{platform} did not show the message. It said: “{reason}”.")


class NotLive(NotSent):
    """There is no chat to write into or to moderate; unlike with other messages, it may be worth another try later."""

    code = "not_live"
    sentence = _(
        "{platform} has a chat only during a live stream, and there is none with a chat right now. Go live, then try "
        "again."
    )


class MessageRepeated(NotSent):
    code = "message_repeated"
    sentence = _(
        "{platform} does not take the same message twice within a short time. Change it, or wait half a minute."
    )


class MessageHeld(NotSent):
    """It may still appear, or never."""

    code = "message_held"
    sentence = _(
        "{platform} holds the message back until a moderator has looked at it. Allow it in the chat at {platform}, or "
        "word it differently."
    )


class MessageBlocked(NotSent):
    code = "message_blocked"
    sentence = _(
        "{platform} does not let this message through, because of its own rules or of terms that the channel has "
        "blocked. Word it differently."
    )


class MessageTooLong(NotSent):
    code = "message_too_long"
    sentence = _("The message is too long for {platform}. Shorten it, then send it again.")


class LinksRefused(NotSent):
    code = "links_refused"
    sentence = _("The chat at {platform} does not allow links. Take the link out, then send it again.")


class SlowMode(NotSent):
    code = "slow_mode"
    sentence = _("The chat at {platform} is in slow mode, and the last message was sent only just now. Wait a little.")


class FollowersOnly(NotSent):
    code = "followers_only"
    sentence = _(
        "The chat at {platform} is for followers only. Follow the channel with the account that sends, or make it a "
        "moderator."
    )


class SubscribersOnly(NotSent):
    code = "subscribers_only"
    sentence = _("The chat at {platform} is for subscribers only. Make the account that sends a moderator there.")


class EmotesOnly(NotSent):
    code = "emotes_only"
    sentence = _(
        "The chat at {platform} takes nothing but emotes right now. Turn that off there, or send emotes alone."
    )


class SenderBanned(NotSent):
    code = "sender_banned"
    sentence = _(
        "The account that sends is banned from this chat at {platform}. Lift the ban there, or send as another."
    )


class SenderTimedOut(NotSent):
    code = "sender_timed_out"
    sentence = _("The account that sends is timed out in this chat at {platform}. Wait until that is over.")


class SenderNotLetIn(NotSent):
    code = "sender_not_let_in"
    sentence = _(
        "{platform} does not let the account that sends write into this channel. It said: “{reason}”. Send as the "
        "channel itself."
    )


class ActRefused(PlatformFailure):
    """Something in the chat that the platform does not do: somebody who may not be silenced, a message that is gone."""

    code = "act_refused"
    status = 409
    sentence = _("{platform} refused that. It said: “{reason}”.")


class UnknownId(ActRefused):
    """An id that the platform gives to nothing and nobody."""

    code = "unknown_id"
    sentence = _("{platform} has nothing and nobody with the id “{reason}”. Reload the page, then try again.")


class MadeElsewhere(ActRefused):
    """A ban that only whoever made it can end."""

    code = "made_elsewhere"
    sentence = _(
        "{platform} lifts only bans and timeouts that were made through Lumio, and this one was not. Lift it at "
        "{platform} itself."
    )


class NoChannel(PlatformFailure):
    code = "no_channel"
    status = 409
    is_final = True
    sentence = _(
        "The {platform} account you signed in with has no channel. Create one at {platform}, or connect again and "
        "choose the account or brand that has it."
    )


class ApiSwitchedOff(PlatformFailure):
    """The project behind the app credentials does not have the API that Lumio needs."""

    code = "api_switched_off"
    status = 409
    is_final = True
    sentence = _(
        "The application behind your app credentials may not use {platform}'s API yet. It said: “{reason}”. Enable it "
        "in the developer console, wait a few minutes, then connect again."
    )


class QuotaSpent(PlatformFailure):
    code = "quota_spent"
    status = 429
    sentence = _(
        "Today's quota of your {platform} application is used up. It starts anew at midnight in California; nothing is "
        "wrong with the sign-in."
    )


class QuotaReserved(QuotaSpent):
    """What is left is kept for sending and moderating."""

    code = "quota_reserved"
    sentence = _(
        "Lumio reads {platform} no more today: what is left of your application's quota is kept for sending and "
        "moderating. It starts anew at midnight in California; nothing is wrong with the sign-in."
    )


class ChatAskedFor(PlatformFailure):
    """A chat that has to be asked for again and again, as the platform does not send it by itself."""

    code = "chat_asked_for"
    sentence = _(
        "{platform} does not send this chat by itself right now, so Lumio asks for it every {seconds} seconds. What is "
        "said arrives that much later, until the faster way works again."
    )


class ChatAskedForSlowly(ChatAskedFor):
    """The same, where asking as often as one may would not last a long stream."""

    code = "chat_asked_for_slowly"
    sentence = _(
        "{platform} does not send this chat by itself right now, so Lumio asks for it every {seconds} seconds. What is "
        "said arrives that much later, until the faster way works again. Asking every {fastest} seconds would use up "
        "today's quota before a stream of {hours} hours is over."
    )


class OwnerNeedsPremium(PlatformFailure):
    code = "owner_needs_premium"
    status = 409
    sentence = _(
        "{platform} lets an application work only while its owner has Premium. It said: “{reason}”. Check the "
        "subscription of whoever registered the application."
    )


class NotRegistered(PlatformFailure):
    code = "user_not_registered"
    status = 409
    sentence = _(
        "{platform} lets only people into this application who are on its list. It said: “{reason}”. Add yourself "
        "under User Management in the developer console, then connect again."
    )


class NoPublicAddress(PlatformFailure):
    code = "no_public_address"
    sentence = _(
        "{platform} delivers chat and events only to an https address on the internet, and this Lumio has none. Open a "
        "tunnel to the machine it runs on, set LUMIO_WEBHOOK_URL to the tunnel's address and start Lumio again."
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
        ClientUnknown,
        ClientSecretRejected,
        ClientPublic,
        ClientDeleted,
        ClientTypeRejected,
        CodeRejected,
        RedirectMismatch,
        ScopeRejected,
        RateLimited,
        Unavailable,
        NoAnswer,
        NotUnderstood,
        RefusedOddly,
        AnswerLost,
        NothingToRefreshWith,
        NoCredentials,
        SecretUnreadable,
        CredentialsChanged,
        OtherApp,
        OtherIdentity,
        GrantRevoked,
        ScopeMissing,
        NoChannel,
        ApiSwitchedOff,
        QuotaSpent,
        QuotaReserved,
        ChatAskedFor,
        ChatAskedForSlowly,
        OwnerNeedsPremium,
        NotRegistered,
        SubscriptionEnded,
        SubscriptionRefused,
        SubscriptionLimit,
        TokenRefused,
        NoPublicAddress,
        NotReached,
        ConnectionLost,
        TooManySockets,
        SourceBroken,
    )
}

#: Why a message was not sent.
UNSENT: tuple[type[NotSent], ...] = (
    NotSent,
    NotLive,
    MessageRepeated,
    MessageHeld,
    MessageBlocked,
    MessageTooLong,
    LinksRefused,
    SlowMode,
    FollowersOnly,
    SubscribersOnly,
    EmotesOnly,
    SenderBanned,
    SenderTimedOut,
    SenderNotLetIn,
)
#: Why nothing else was done in a chat.
REFUSED: tuple[type[PlatformFailure], ...] = (ActRefused, UnknownId, MadeElsewhere, NotLive)
#: What is stored of something that was to be done in a chat, besides.
IN_CHAT: dict[str, type[PlatformFailure]] = {failure.code: failure for failure in (*UNSENT, *REFUSED)}

#: Every place that a stored sentence may have.
PLACES = ("platform", "reason", "seconds", "topic", "redirect_uri", "channel", "fastest", "hours")


def stored(code: str, params: dict[str, Any]) -> PlatformFailure:
    """The failure that was stored as `code` and `params`; an unknown code stays one."""
    return (STORED | IN_CHAT).get(code, Unavailable)(**(dict.fromkeys(PLACES, "") | params))
