"""Hypothesis strategies, draws and the run of a suite: the only room that knows pytest."""
