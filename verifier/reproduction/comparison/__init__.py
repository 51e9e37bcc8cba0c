"""Results beside the published values."""
