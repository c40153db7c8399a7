"""Who did what: an event chain that cannot be cut unseen, and a tamper log written by the database itself."""
