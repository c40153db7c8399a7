"""The settings and the root addresses of the web site."""
