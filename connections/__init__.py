"""Platforms: app credentials, OAuth, refresh, and one package per platform under `platforms/`."""
