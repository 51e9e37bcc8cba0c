"""The infinite-width kernel, and what it predicts without training."""
