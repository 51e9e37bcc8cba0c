"""What a check found, and the record of a run."""
