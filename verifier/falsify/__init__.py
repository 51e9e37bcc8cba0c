"""The hunt for the tightest case of an inequality: restarts, jumps and gradient ascent."""
