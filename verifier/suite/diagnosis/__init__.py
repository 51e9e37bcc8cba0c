"""The likely cause of a finding: which known fault answers as the code under test does."""
