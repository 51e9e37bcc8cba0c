"""What can be said of a finished run from what it left: weights, data, perturbations."""
