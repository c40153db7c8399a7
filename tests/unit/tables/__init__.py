"""Tests of reading INPUT and writing OUT."""
