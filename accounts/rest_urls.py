from __future__ import annotations

from django.urls import path

from accounts import rest

urlpatterns = [
    path("me", rest.Me.as_view(), name="rest-me"),
    path("accounts", rest.AccountList.as_view(), name="rest-accounts"),
    path("accounts/<uuid:account_id>/switch", rest.Switch.as_view(), name="rest-account-switch"),
]
