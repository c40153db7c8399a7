"""What each app plants for the walk over all routes: one module an app; see tests/walk.py."""
