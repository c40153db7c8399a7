"""Organisations, people, memberships, roles, reach, and signing in."""
