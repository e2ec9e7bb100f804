"""An account as a whole: its settings, its export and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain import accounts as accounts_domain
from accounts.domain import deletion, export
from accounts.downloads import Zip, download, file_name
from accounts.enums import Permission
from accounts.gates import page
from accounts.person_forms import AccountSettingsForm, DeleteAccountForm

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from accounts.http import ActorRequest

GET_OR_POST = ["GET", "HEAD", "POST"]


@page(Permission.ACCOUNT_READ)
@require_http_methods(GET_OR_POST)
def settings(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    form = AccountSettingsForm(
        request.POST if request.method == "POST" else None,
        initial={"name": actor.account.name, "time_zone": actor.account.time_zone},
    )
    if form.is_bound:
        actor.require(Permission.ACCOUNT_EDIT)
    if form.is_valid():
        accounts_domain.change(actor=actor, **form.cleaned_data)
        messages.success(request, _("The account is saved."))
        return redirect("account")
    context = {
        "form": form,
        "may_edit": actor.can(Permission.ACCOUNT_EDIT),
        "may_delete": actor.can(Permission.ACCOUNT_DELETE),
    }
    return render(request, "account/account.html", context, status=422 if form.is_bound else 200)


@page(Permission.ACCOUNT_EDIT)
@require_http_methods(GET_OR_POST)
@reauthentication_required
def export_account(request: ActorRequest) -> HttpResponseBase:
    """What the archive holds; sent, the archive itself."""
    if request.method != "POST":
        return render(request, "account/export.html", {"files": export.files(request.actor)})
    try:
        pieces = export.begin(request.actor)
    except export.ExportRunning as refusal:
        messages.error(request, refusal.text)
        return redirect("account_export")
    return download(request, pieces, name=file_name("export", request.actor.account, "zip"), kind=Zip.media_type)


@page(Permission.ACCOUNT_DELETE)
@require_http_methods(GET_OR_POST)
@reauthentication_required
def delete(request: ActorRequest) -> HttpResponse:
    """What goes with the account, and the form that asks for its name."""
    actor = request.actor
    form = DeleteAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        name = actor.account.name
        try:
            deletion.close(actor=actor, confirm_name=form.cleaned_data["confirm_name"])
        except deletion.NameDiffers as refusal:
            form.add_error("confirm_name", refusal.text)
        else:
            messages.success(request, _("The account {name} is deleted.").format(name=name))
            return redirect("dashboard")
    context = {"form": form, "others": actor.account.members.count() - 1}
    return render(request, "account/delete.html", context, status=422 if form.is_bound else 200)
