"""The pages of organisations, members, reach and joining."""
