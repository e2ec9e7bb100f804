from __future__ import annotations

from django.urls import path

from accounts import views

urlpatterns = [
    path("setup/<str:code>", views.setup, name="setup"),
    path("dashboard/profile", views.profile, name="profile"),
    path("dashboard/profile/email", views.email, name="profile_email"),
    path("dashboard/account", views.account, name="account"),
    # Of a person, whichever account they work in: these forms do not say which account they were made for.
    path("account/accounts", views.accounts, name="accounts"),
    path("account/accounts/new", views.new_account, name="new_account"),
    path("account/accounts/<uuid:account_id>/switch", views.switch, name="switch_account"),
    path("account/streamer-mode", views.streamer_mode, name="streamer_mode"),
]
