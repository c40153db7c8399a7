"""Tidui: one rule text that explains one enterprise, screens millions, speaks SQL and plans."""

__version__ = "0.1.0"
