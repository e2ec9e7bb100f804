"""Signing in and a person's own security: the doors of allauth that Lumio opens, which are those that need no mail."""

from __future__ import annotations

from allauth.account import views
from allauth.mfa.base import views as factor_views
from allauth.mfa.totp import views as totp_views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts import security
from accounts.gates import person, public

entrance = public("half of a sign-in, and only after the other half")

#: Where allauth leads back to.
to_security = person(RedirectView.as_view(pattern_name="security"))

second_factor = [
    path("", to_security, name="mfa_index"),
    path("authenticate/", entrance(security.SecondFactor.as_view()), name="mfa_authenticate"),
    path("reauthenticate/", person(factor_views.reauthenticate), name="mfa_reauthenticate"),
    path("app/add/", person(totp_views.activate_totp), name="mfa_activate_totp"),
    path("app/remove/", person(totp_views.deactivate_totp), name="mfa_deactivate_totp"),
    path("recovery-codes/", person(security.ShowRecoveryCodes.as_view()), name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", person(security.NewRecoveryCodes.as_view()), name="mfa_generate_recovery_codes"),
    path("passkeys/", to_security, name="mfa_list_webauthn"),
    path("passkeys/add/", person(security.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/rename/", person(security.RenamePasskey.as_view()), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", person(security.RemovePasskey.as_view()), name="mfa_remove_webauthn"),
    path("passkeys/confirm/", person(security.ConfirmByPasskey.as_view()), name="mfa_reauthenticate_webauthn"),
    path(
        "passkeys/sign-in/",
        public("anybody may try to sign in; allauth limits the attempts")(security.SignInByPasskey.as_view()),
        name="mfa_login_webauthn",
    ),
]

urlpatterns = [
    path("login/", security.SignIn.as_view(), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", security.SignUp.as_view(), name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("security", security.security, name="security"),
    path("security/end-session", security.end_session, name="end_session"),
    path("password/change/", person(security.ChangePassword.as_view()), name="account_change_password"),
    path("password/set/", person(security.SetPassword.as_view()), name="account_set_password"),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        public("opened by a one-time key")(security.NewPassword.as_view()),
        name="account_reset_password_from_key",
    ),
    path(
        "reset/done/",
        public("only says that it worked")(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include(second_factor)),
]
