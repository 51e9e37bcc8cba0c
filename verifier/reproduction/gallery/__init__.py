"""The figures, drawn."""
