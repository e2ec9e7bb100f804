"""Popout tokens, and the unattended pages they open."""
