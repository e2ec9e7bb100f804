from __future__ import annotations

from django.urls import path

from accounts import account_rest, audit_rest, invitation_rest, member_rest, notification_rest, rest, role_rest

urlpatterns = [
    path("me", rest.Me.as_view(), name="rest-me"),
    path("notifications", notification_rest.NotificationList.as_view(), name="rest-notifications"),
    path("notifications/read", notification_rest.NotificationsRead.as_view(), name="rest-notifications-read"),
    path(
        "notifications/<int:notification_id>/read",
        notification_rest.NotificationRead.as_view(),
        name="rest-notification-read",
    ),
    path("account", account_rest.AccountSettings.as_view(), name="rest-account"),
    path("account/export", account_rest.AccountExport.as_view(), name="rest-account-export"),
    path("audit", audit_rest.AuditLog.as_view(), name="rest-audit"),
    path("audit.csv", audit_rest.AuditTable.as_view(), name="rest-audit-csv"),
    path("members", member_rest.MemberList.as_view(), name="rest-members"),
    path("members/leave", member_rest.Leave.as_view(), name="rest-members-leave"),
    path("members/<uuid:member_id>", member_rest.MemberDetail.as_view(), name="rest-member"),
    path("members/<uuid:member_id>/rights", role_rest.MemberRights.as_view(), name="rest-member-rights"),
    path("roles", role_rest.RoleList.as_view(), name="rest-roles"),
    path("roles/<uuid:role_id>", role_rest.RoleDetail.as_view(), name="rest-role"),
    path("permissions", role_rest.PermissionList.as_view(), name="rest-permissions"),
    path("invites", invitation_rest.InviteList.as_view(), name="rest-invites"),
    path("invites/<uuid:invitation_id>", invitation_rest.InviteDetail.as_view(), name="rest-invite"),
    path("invitations/<str:code>", invitation_rest.ByCode.as_view(), name="rest-invitation"),
    path("invitations/<str:code>/accept", invitation_rest.Accept.as_view(), name="rest-invitation-accept"),
    path("accounts", rest.AccountList.as_view(), name="rest-accounts"),
    path("accounts/<uuid:account_id>/switch", rest.Switch.as_view(), name="rest-account-switch"),
]
