"""Long-lived upstream connections: who runs them (leases), what they deliver (writer) and how they are (health)."""
