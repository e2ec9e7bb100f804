"""Who may do what: users, accounts, members, roles, the permission catalogue, gates and the audit log."""
