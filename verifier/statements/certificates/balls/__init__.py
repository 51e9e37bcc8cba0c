"""Small configurations in ball arithmetic: every number an interval that surely holds the true one.

Floating point says what two sides are up to a rounding bound that is itself a model. Here the
bounds are those of a library whose every operation encloses its result, so that a certificate is
one. Needs the extra `balls` (python-flint); nothing else of the package does.
"""
