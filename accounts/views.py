"""Set-up, the choice of a language, and what a person changes about themselves and their accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.core.internal.ratelimit import consume_or_429
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import switching
from accounts.authentication import memberships_of
from accounts.domain import accounts as accounts_domain
from accounts.domain import people
from accounts.domain import setup as setup_domain
from accounts.forms import SetupForm
from accounts.gates import page, person, public
from accounts.models import StreamerMode
from accounts.person_forms import AccountForm, EmailForm, ProfileForm

if TYPE_CHECKING:
    from accounts.http import ActorRequest, PersonRequest

GET_OR_POST = ["GET", "HEAD", "POST"]


@public("opened by its one-time code")
@require_http_methods(GET_OR_POST)
@sensitive_post_parameters("password")
@never_cache
def setup(request: HttpRequest, code: str) -> HttpResponse:
    """Create the first person and account, sign that person in and go to the dashboard."""
    if not setup_domain.is_open(code):
        return render(request, "setup/used.html", status=setup_domain.SetupLinkUsed.status)
    form = SetupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user = setup_domain.claim(code=code, **form.cleaned_data)
        except setup_domain.EmailTaken as refusal:
            form.add_error("email", refusal.text)
        except setup_domain.SetupLinkUsed as refusal:
            return render(request, "setup/used.html", status=refusal.status)
        else:
            login(request, user)
            return redirect("dashboard")
    return render(request, "setup/index.html", {"form": form}, status=422 if form.is_bound else 200)


@public("changes only the language one sees")
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own view, which keeps the choice in a cookie; for a signed-in person it is also kept with them."""
    response = i18n.set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        people.change(user=request.user, language=language)
    return response


# --- Oneself ------------------------------------------------------------------------------------------------------


@page()
@require_http_methods(GET_OR_POST)
def profile(request: ActorRequest) -> HttpResponse:
    user = people.in_person(request.actor)
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(user, name) for name in people.FIELDS},
    )
    if form.is_valid():
        people.change(user=user, address=request.actor.address, **form.cleaned_data)
        with override(user.language or None):
            messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    context = {"form": form, "person": user}
    return render(request, "account/profile.html", context, status=422 if form.is_bound else 200)


@page()
@require_http_methods(GET_OR_POST)
@reauthentication_required
def email(request: ActorRequest) -> HttpResponse:
    """Another address to sign in with. Whoever only found an open browser must not take the sign-in over."""
    # The answer tells whether somebody signs in with an address.
    if limited := consume_or_429(request, app="allauth.account", action="manage_email"):
        return limited
    user = people.in_person(request.actor)
    form = EmailForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            people.change_email(user=user, email=form.cleaned_data["email"], request=request)
        except setup_domain.EmailTaken as refusal:
            form.add_error("email", refusal.text)
        else:
            messages.success(request, _("You sign in with the new address from now on."))
            return redirect("profile")
    context = {"form": form, "person": user}
    return render(request, "account/email.html", context, status=422 if form.is_bound else 200)


@person
@require_http_methods(GET_OR_POST)
@reauthentication_required
def delete_profile(request: PersonRequest) -> HttpResponse:
    """What goes with a person's sign-in; sent, it goes."""
    if request.method != "POST":
        return render(request, "account/delete_profile.html")
    try:
        people.delete(user=request.user, request=request)
    except (people.OwnsAccounts, people.OperatorStays) as refusal:
        return render(request, "account/delete_profile.html", {"refusal": refusal}, status=refusal.status)
    messages.success(request, _("Your sign-in is deleted."))
    return redirect("account_login")


@person
@require_POST
def streamer_mode(request: PersonRequest) -> HttpResponse:
    """Switch hiding on or off (`mode`), and back to the page the button is on (`next`)."""
    mode = request.POST.get("mode", "")
    if mode in StreamerMode.values:
        people.change(user=request.user, streamer_mode=mode)
    back = request.POST.get("next", "")
    # `redirect` would take a word without a slash for the name of a page.
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, None)
    return redirect(back if ours else "dashboard")


# --- Accounts -----------------------------------------------------------------------------------------------------


@page()
@require_http_methods(["GET", "HEAD"])
def accounts(request: ActorRequest) -> HttpResponse:
    """Every account the person is a member of; `q` finds those whose name holds it."""
    wanted = request.GET.get("q", "").strip()
    members = memberships_of(request)
    context = {
        "q": wanted,
        "found": [member for member in members if wanted.casefold() in member.account.name.casefold()],
        "has_many": len(members) > 8,
        "may_open": accounts_domain.may_open(people.in_person(request.actor)),
    }
    return render(request, "account/accounts.html", context)


@person
@require_http_methods(GET_OR_POST)
def new_account(request: PersonRequest) -> HttpResponse:
    form = AccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = accounts_domain.open_account(user=request.user, name=form.cleaned_data["name"])
        except accounts_domain.TooManyAccounts as refusal:
            form.add_error(None, refusal.text)
        else:
            switching.enter(request, made)
            return redirect("dashboard")
    context = {"form": form, "may_open": form.is_bound or accounts_domain.may_open(request.user)}
    return render(request, "account/new_account.html", context, status=422 if form.is_bound else 200)


@person
@require_POST
def switch(request: PersonRequest, account_id: UUID) -> HttpResponse:
    switching.choose(request, account_id)
    return redirect("dashboard")
