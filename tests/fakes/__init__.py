"""Stand-ins for the outside systems Lumio talks to: small, stateful, reached over the real wire."""
