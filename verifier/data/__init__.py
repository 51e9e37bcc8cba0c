"""Where samples come from: distributions and images."""
