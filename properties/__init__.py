"""Hypothesis draws configurations; the claims decide. `pytest properties/` runs everything."""
