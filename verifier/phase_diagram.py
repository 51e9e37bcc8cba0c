"""R5 of theory section 5: agreement of f and g predicted without training."""

from __future__ import annotations


class PhaseDiagram:
    """The formulas of R5; altered statements subclass it: each formula is one method."""
