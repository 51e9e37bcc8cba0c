"""How the cost of a check, and of all checks of a configuration, grows with its sizes."""
