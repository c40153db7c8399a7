"""Enterprise files in a browser."""
