"""Everything at once, while everything dies: `make chaos` kills and restarts every process, Valkey and PostgreSQL at
random under load, and counts what was lost and what was doubled."""
