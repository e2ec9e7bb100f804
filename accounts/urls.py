from __future__ import annotations

from django.urls import path

from accounts import account_pages, audit_pages, bell, invitation_views, member_views, role_views, views

urlpatterns = [
    path("setup/<str:code>", views.setup, name="setup"),
    path("dashboard/profile", views.profile, name="profile"),
    path("dashboard/profile/email", views.email, name="profile_email"),
    path("dashboard/account", account_pages.settings, name="account"),
    path("dashboard/account/export", account_pages.export_account, name="account_export"),
    path("dashboard/account/delete", account_pages.delete, name="account_delete"),
    path("dashboard/audit", audit_pages.index, name="audit"),
    path("dashboard/audit/export", audit_pages.export, name="audit_export"),
    path("dashboard/members", member_views.index, name="members"),
    path("dashboard/members/invite", member_views.invite, name="invite"),
    path("dashboard/members/<uuid:member_id>", member_views.member, name="member"),
    path("dashboard/members/<uuid:member_id>/role", member_views.change_role, name="member_role"),
    path("dashboard/members/<uuid:member_id>/remove", member_views.remove, name="remove_member"),
    path(
        "dashboard/members/invitations/<uuid:invitation_id>/withdraw",
        member_views.withdraw,
        name="withdraw_invitation",
    ),
    path("dashboard/roles", role_views.index, name="roles"),
    path("dashboard/roles/new", role_views.create, name="new_role"),
    path("dashboard/roles/<uuid:role_id>", role_views.role, name="role"),
    path("dashboard/roles/<uuid:role_id>/delete", role_views.delete, name="delete_role"),
    path("invite", invitation_views.opened, name="invitation_opened"),
    path("invite/<str:code>", invitation_views.by_code, name="invitation"),
    path("dashboard/notifications", bell.index, name="notifications"),
    path("dashboard/notifications/latest", bell.latest, name="notifications_latest"),
    path("dashboard/notifications/read", bell.read_all, name="notifications_read_all"),
    path("dashboard/notifications/<int:notification_id>/read", bell.read, name="notifications_read"),
    # Of a person, whichever account they work in: these forms do not say which account they were made for.
    path("account/accounts", views.accounts, name="accounts"),
    path("account/accounts/new", views.new_account, name="new_account"),
    path("account/accounts/<uuid:account_id>/switch", views.switch, name="switch_account"),
    path("account/accounts/<uuid:account_id>/leave", member_views.leave, name="leave_account"),
    path("account/delete", views.delete_profile, name="delete_profile"),
    path("account/streamer-mode", views.streamer_mode, name="streamer_mode"),
]
