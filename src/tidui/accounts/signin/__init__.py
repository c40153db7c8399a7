"""Signing in: passwords and lock-out, the second factor, passkeys, sessions, and the provincial portal."""
