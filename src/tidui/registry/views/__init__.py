"""The pages of the enterprise file."""
