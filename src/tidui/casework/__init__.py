"""Casework: programmes as data, calls, applications, stages, corrections, clocks, worklists, joint checks."""
