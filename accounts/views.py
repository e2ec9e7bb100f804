"""Pages before there is an account to work in: set-up, and the choice of a language."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain import setup as setup_domain
from accounts.forms import SetupForm
from accounts.gates import public


@public("opened by its one-time code")
@require_http_methods(["GET", "HEAD", "POST"])
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
    if request.user.is_authenticated and check_for_language(language):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return response
