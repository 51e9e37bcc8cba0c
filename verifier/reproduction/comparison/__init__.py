"""Results beside the published values: inside one run's band, near it, or off."""
