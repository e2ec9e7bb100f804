"""Tools reached through the bridge page, which runs on the streamer's machine (docs/decisions/0023)."""
