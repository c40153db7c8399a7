"""The fictional province of the demonstration."""
