from __future__ import annotations

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.authentication import register_token_authenticator
        from accounts.domain import members
        from connections.domain import dependents
        from tokens.domain import exported, leaks
        from tokens.domain.access import authenticate
        from tokens.domain.dependents import of, of_people

        register_token_authenticator(authenticate)
        dependents.register(of)
        members.register_dependents(of_people)
        exported.register()
        leaks.register()
