"""The pages that are open with a popout token now, and closing one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action
from events.domain import presence
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from accounts.actor import Actor
    from events.domain.presence import OpenPage
    from tokens.models import PopoutToken


class PageNotOpen(Refusal):
    code = "page_not_open"
    status = 404
    sentence = _("This page is not open any more.")


class PagesUnknown(Refusal):
    code = "pages_unknown"
    status = 503
    sentence = _("Which pages are open cannot be told right now. Try again in a minute.")


def of(tokens: Iterable[PopoutToken]) -> dict[UUID, list[OpenPage]] | None:
    """The open pages of each of these, oldest first; None while nobody can tell. Costs no query."""
    return presence.open_pages([token.pk for token in tokens])


def of_one(token: PopoutToken) -> list[OpenPage]:
    """Raises PagesUnknown."""
    found = of([token])
    if found is None:
        raise PagesUnknown
    return found[token.pk]


def close(*, actor: Actor, token: PopoutToken, page_id: UUID | str) -> OpenPage:
    """Have an open page go blank. The token works on: whoever loads the page again has it again.

    Raises PageNotOpen and PagesUnknown.
    """
    page = next((page for page in of_one(token) if page.id == str(page_id)), None)
    if page is None or not presence.close_page(token.account_id, page.id):
        raise PageNotOpen
    record(actor, Action.PAGE_CLOSED, token, after={"page": page.page, "browser": page.browser})
    return page
