"""Tools on the stream machine and tip services: OBS, Streamer.bot, StreamElements."""
