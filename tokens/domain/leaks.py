"""A popout token that is seen where others read along is revoked at once, and its account told.

Lumio sees two such places by itself: what comes in from chats and events, in whichever process stores it, and the
Referer of a request. Whoever can show a token there has it already, so nobody gains a way to revoke tokens of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import system_actor
from accounts.domain import notifications
from accounts.domain.notifications import Kind
from accounts.enums import Permission
from connections.platforms import name_of
from events.domain import scanning
from events.enums import Log
from tokens.domain import secret, tokens
from tokens.enums import Revocation
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from events.domain.scanning import Find

#: Stands in every text that can hold a token.
MARK = secret.PREFIX


def in_messages(finds: Sequence[Find]) -> None:
    """What came in from platforms with MARK in it, of any account."""
    seen = {digest: find for find in finds for digest in secret.digests_in(find.text)}
    _revoke(seen)


def in_referer(referer: str) -> None:
    """The header of a request to any of our hosts."""
    _revoke(dict.fromkeys(secret.digests_in(referer)))


def _revoke(seen: Mapping[str, Find | None]) -> None:
    """End the tokens that these are digests of and that still work; None is for a Referer."""
    if not seen:
        return
    with transaction.atomic():
        # In the order in which all who write take the accounts they need.
        found = PopoutToken.objects.alive().select_related("account").filter(digest__in=seen).order_by("account", "pk")
        for token in found:
            find = seen[token.digest]
            reason = Revocation.LEAKED_IN_CHAT if find else Revocation.LEAKED_IN_REFERER
            if not tokens.revoke(actor=system_actor(token.account), token=token, reason=reason, where=_where(find)):
                continue
            params = {
                "label": token.label,
                "page": token.last_used_page,
                "log": find.log if find else "",
                "platform": find.platform if find else "",
            }
            notifications.notify(token.account, LEAKED.code, subject=f"token:{token.pk}", params=params)


def _where(find: Find | None) -> str:
    """As the audit log has it."""
    if find is None:
        return "Referer of a request"
    return f"{'chat' if find.log == Log.CHAT else 'event'} of {name_of(find.platform)}"


def _text(params: Mapping[str, Any]) -> str:
    label = params["label"] or _("no label")
    match params["log"]:
        case Log.CHAT:
            seen = _("The popout token “{label}” was seen in the chat of {platform} and has been revoked.")
        case Log.EVENTS:
            seen = _("The popout token “{label}” was seen in an event of {platform} and has been revoked.")
        case _other:
            seen = _("A browser told the address with the popout token “{label}” to others, so it has been revoked.")
    used = _("It last opened {page}.").format(page=params["page"]) if params["page"] else ""
    remedy = _("Make a new one and paste its address wherever the old one stood.")
    return " ".join(filter(None, [seen.format(label=label, platform=name_of(params["platform"])), used, remedy]))


LEAKED = Kind(
    code="token_leaked",
    title=gettext_lazy("A popout token has leaked"),
    permission=Permission.TOKENS_READ,
    mail_permission=Permission.TOKENS_CREATE,
    text=_text,
    action=gettext_lazy("See your tokens"),
    url=lambda params: reverse("tokens:index"),
)


def register() -> None:
    notifications.register(LEAKED)
    scanning.register(MARK, in_messages)
