"""Reports, made from the record of a run and nothing else."""
