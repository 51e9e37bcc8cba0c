"""Works run once, by any number of processes, and their results kept."""
