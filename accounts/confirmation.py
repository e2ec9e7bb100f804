"""Whether whoever holds a session has lately shown again who they are: an open browser alone must not be enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.domain import people
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.actor import Actor


class NotConfirmed(Refusal):
    code = "not_confirmed"
    status = 403
    sentence = _("Confirm first that it is you: open {address} in this browser, then try again.")


def require(request: HttpRequest, actor: Actor) -> None:
    """For calls of an API. Pages lead there by themselves: `allauth.account.decorators.reauthentication_required`.

    Raises NotConfirmed, or PersonNeeded for a popout token.
    """
    people.in_person(actor)
    if is_reauthentication_required(request, app=""):
        raise NotConfirmed(address=f"{settings.LUMIO_URL}{reverse('account_reauthenticate')}")
