from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account import signals
        from allauth.mfa import signals as factor_signals
        from allauth.socialaccount import signals as social_signals
        from django.contrib.auth.signals import user_logged_in, user_login_failed
        from django.db.models.signals import post_migrate

        from accounts import social, triggers
        from accounts.domain import exported, passwords, signins

        user_logged_in.connect(signins.signed_in, dispatch_uid="audit")
        user_login_failed.connect(signins.sign_in_failed, dispatch_uid="audit")
        signals.password_changed.connect(signins.password_changed, dispatch_uid="rights")
        signals.password_set.connect(signins.password_changed, dispatch_uid="rights")
        signals.password_reset.connect(passwords.link_used, dispatch_uid="rights")
        factor_signals.authenticator_added.connect(signins.factor_added, dispatch_uid="audit")
        factor_signals.authenticator_removed.connect(signins.factor_removed, dispatch_uid="audit")
        factor_signals.authenticator_reset.connect(signins.codes_renewed, dispatch_uid="audit")
        factor_signals.authentication_failed.connect(signins.factor_failed, dispatch_uid="audit")
        social_signals.social_account_added.connect(social.linked, dispatch_uid="audit")
        social_signals.social_account_removed.connect(social.unlinked, dispatch_uid="audit")
        post_migrate.connect(triggers.install, sender=self)
        exported.register()
