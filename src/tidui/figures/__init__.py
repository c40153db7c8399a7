"""Figures: indicators with their definitions, each of which opens to the records that it counts."""
