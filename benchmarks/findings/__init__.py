"""Findings that the paper does not state, each measured against a threshold that it has to pass."""
