"""A two-layer network, and a deeper one: output, losses, training, the attack."""
