"""P1-P4 of theory section 4: what holds with high probability over the networks' draw."""

from __future__ import annotations


class Concentration:
    """The formulas of P1-P4; altered statements subclass it: each formula is one method."""
