"""Hypothesis draws configurations; the statements decide. `pytest properties/` runs everything."""
