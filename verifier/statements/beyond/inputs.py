"""What configurations the statements about attacks are about."""

from verifier.statements.inputs import Inputs

ATTACKED = Inputs(
    "attacked",
    "verifier.suite.attacks:attacked_configurations",
    cost=4,
    ladder="verifier.suite.ladder_beyond:ATTACKED",
)
"""Every kind of data and network, under every kind of attack."""

STEPPED = Inputs("stepped", "verifier.suite.attacks:stepped_configurations", cost=4)
"""Narrow networks and perturbations so short that no pattern need change on the way."""

CONED = Inputs("coned", "verifier.suite.attacks:coned_configurations", cost=4)
"""Networks up to a thousand neurons under L2 and L-infinity, where a few patterns change."""
