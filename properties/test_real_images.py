"""Claims about any data on MNIST 1 against 2 and Fashion-MNIST 0 against 9, where found."""

import pytest

from properties.strategies import image_configurations
from properties.suite import Suite
from verifier import datasets
from verifier.claims import ANY, CLAIMS, WIDE, Claim
from verifier.distributions import IMAGE_TASKS


@pytest.mark.parametrize("task", IMAGE_TASKS)
@pytest.mark.parametrize(
    "claim", [c for c in CLAIMS.values() if c.inputs in (ANY, WIDE)], ids=lambda c: c.id
)
def test_images(claim: Claim, task: str, suite: Suite) -> None:
    if datasets.find(task, suite.settings.images) is None:
        pytest.skip(f"{task} is not on this machine: see `--images` in the README")
    suite.verify_all(claim, image_configurations(task, claim.inputs == WIDE))
