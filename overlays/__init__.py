"""Overlays, their keys, their alert queue and their public pages."""
