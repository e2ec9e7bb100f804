"""Lumio: settings, URLs, ASGI, Celery and the GraphQL root. Wires the apps together; none of them imports it."""
