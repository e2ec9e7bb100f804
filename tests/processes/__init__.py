"""Real processes for tests: Lumio's own, Valkey and PostgreSQL. Whatever starts here dies with the test run."""
