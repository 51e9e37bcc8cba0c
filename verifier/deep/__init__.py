"""Networks of any depth: their training, and E6, the span of the samples."""
