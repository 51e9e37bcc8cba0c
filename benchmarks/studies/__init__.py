"""Studies of what the paper leaves open: question, design, intervals and a control each."""
