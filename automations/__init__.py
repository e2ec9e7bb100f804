"""When this happens, do that."""
