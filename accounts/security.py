"""A person's own security: the page about it, and the doors of allauth that lead to and from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import views as account_views
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.stagekit import clear_login, get_pending_stage
from allauth.core.internal.ratelimit import consume_or_429
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.webauthn import views as passkey_views
from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import factors, joining
from accounts.domain import sessions
from accounts.gates import person
from accounts.models import User
from lumio.lib import crypto

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from accounts.http import PersonRequest

#: Seconds: the longest window of allauth's limits by address or person.
WINDOW = 60
#: How often one address may begin to sign in with a passkey, as allauth writes limits.
PASSKEY_BEGIN = {"webauthn_begin": "30/m/ip"}


@person
@require_safe
def security(request: PersonRequest) -> HttpResponse:
    context = {
        "factors": factors.of(request.user),
        "no_passkeys": factors.why_no_passkeys(),
        "sessions": sessions.of(request.user, request.session.session_key),
    }
    return render(request, "account/security.html", context)


@person
@require_POST
@reauthentication_required
def end_session(request: PersonRequest) -> HttpResponse:
    """`session` is the number of one of the person's sessions, or "others"."""
    named = request.POST.get("session", "")
    if named == "others":
        ended = sessions.end_others(user=request.user, request=request)
        messages.success(
            request,
            ngettext("{count} other session ended.", "{count} other sessions ended.", ended).format(count=ended),
        )
    elif named.isascii() and named.isdigit() and len(named) < 19:
        if not sessions.end(user=request.user, session_id=int(named), request=request):
            raise Http404
        messages.success(request, _("Session ended. Its open pages are closed."))
    else:
        messages.error(request, _("Nothing was ended: the form did not say which session."))
    return redirect("security")


def too_many(request: HttpRequest) -> HttpResponse:
    """429: allauth's answer to whoever tries too often."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = str(WINDOW)
    return response


class PasskeysExplained:
    """Adds to a view of allauth's why there are no passkeys at this address."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"no_passkeys": factors.why_no_passkeys()}  # type: ignore[misc]


class WholeOrNot:
    """Has a view of allauth's do what it does together with the line in the audit log, or not at all."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        return super().form_valid(form)  # type: ignore[misc]


class SignIn(PasskeysExplained, account_views.LoginView):
    pass


class SignUp(account_views.SignupView):
    """Also says which account one joins, where an invitation has led here."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"invitation": joining.opened(self.request)}


class SecondFactor(PasskeysExplained, factor_views.AuthenticateView):
    """Also says which factors there are to be asked for."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Half a sign-in whose second half an operator has taken away begins anew; allauth would go in circles."""
        stage = get_pending_stage(request)
        if stage and not factors.of(stage.login.user).is_on:
            clear_login(request)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"factors": factors.of(self.stage.login.user)}


class ShowRecoveryCodes(code_views.ViewRecoveryCodesView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().get(request, *args, **kwargs)
        except crypto.CannotDecrypt:
            messages.error(request, _("Your recovery codes cannot be read any more. Make new ones."))
            return redirect("mfa_generate_recovery_codes")


class NewRecoveryCodes(code_views.GenerateRecoveryCodesView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without allauth's count of the earlier codes: our page does not show it, and they may not be readable."""
        return super(code_views.GenerateRecoveryCodesView, self).get_context_data(**kwargs)


class ConfirmByPasskey(PasskeysExplained, passkey_views.ReauthenticateWebAuthnView):
    """A passkey that does not match leads back to where it was asked for, not to the sign-in page."""

    def form_invalid(self, form: Any) -> HttpResponse:
        super().form_invalid(form)  # leaves the messages
        return redirect(self.request.get_full_path())


class SignInByPasskey(passkey_views.LoginWebAuthnView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What to ask the passkey. It is remembered in a session, a row for whoever asks, so this is limited too."""
        limited = consume_or_429(
            request, app="allauth.mfa", action="webauthn_begin", config=PASSKEY_BEGIN, limit_get=True
        )
        return limited or super().get(request, *args, **kwargs)


class AddPasskey(WholeOrNot, PasskeysExplained, passkey_views.AddWebAuthnView):
    pass


class RemovePasskey(WholeOrNot, passkey_views.RemoveWebAuthnView):
    success_url = reverse_lazy("security")


class RenamePasskey(passkey_views.EditWebAuthnView):
    success_url = reverse_lazy("security")


class ChangePassword(WholeOrNot, account_views.PasswordChangeView):
    success_url = reverse_lazy("security")


@method_decorator(reauthentication_required, name="dispatch")
class SetPassword(WholeOrNot, account_views.PasswordSetView):
    """A first password, for who signs in with an identity elsewhere. Their second factor is asked for again."""

    success_url = reverse_lazy("security")


class NewPassword(account_views.PasswordResetFromKeyView):
    """Behind the link that `manage.py reset_link` prints. The second factor stays."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        # The person's row is the lock: of two forms sent at once the second finds that the link is used.
        user = User.objects.select_for_update().get(pk=self.reset_user.pk)
        if not default_token_generator.check_token(user, self.key):
            return self.render_to_response(self.get_context_data(token_fail=True))
        return super().form_valid(form)
