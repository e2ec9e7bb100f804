"""Django admin, for operators. It shows who is there and what happened, and holds no secret."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account_views
from allauth.account.decorators import secure_admin_login
from allauth.mfa import admin as mfa_admin
from allauth.socialaccount import admin as social_admin
from allauth.usersessions import admin as sessions_admin
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.http import HttpRequest
from django.views.generic import RedirectView

from accounts.domain import operators
from accounts.models import Account, AuditEntry, Member, Role, User

admin.site.site_header = admin.site.site_title = "Lumio"
# One way in: allauth's sign-in page, with its limits and the operator's second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Password and sign-out as everywhere else: noted, limited, and felt by the pages that are open.
admin.site.password_change = RedirectView.as_view(pattern_name="account_change_password")  # type: ignore[method-assign, assignment]
admin.site.logout = account_views.logout  # type: ignore[method-assign]
admin.site.unregister(auth_admin.Group)  # type: ignore[attr-defined]  # rights come from roles
# Applications of providers come from the environment, tokens are not kept, identities are a person's own.
admin.site.unregister([social_admin.SocialAccount, social_admin.SocialApp, social_admin.SocialToken])
admin.site.unregister([mfa_admin.Authenticator, sessions_admin.UserSession])  # a person's own, on their own page


class ReadOnly:
    """Looking only. What happens to these rows goes through a domain function."""

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "is_active", "is_staff", "last_login", "created_at"]
    search_fields = ["email", "name"]
    fields = [
        "email", "name", "language", "time_zone", "hour_cycle", "row_times", "is_active", "is_staff", "last_login",
        "created_at",
    ]  # fmt: skip
    readonly_fields = ["email", "last_login", "created_at"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        operators.save_person(actor=operators.operator_actor(request), person=obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class MemberInline(ReadOnly, admin.TabularInline):
    model = Member
    fields = ["user", "role", "created_at"]
    readonly_fields = ["user", "role", "created_at"]
    extra = 0


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "created_at", "closed_at"]
    search_fields = ["name", "members__user__email"]
    inlines = [MemberInline]


@admin.register(Role)
class RoleAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "slug", "account"]
    list_select_related = ["account"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["created_at", "account", "actor_name", "via", "action", "target_name", "address"]
    list_filter = ["action", "via"]
    list_select_related = ["account"]
    search_fields = ["actor_name", "target_name"]
