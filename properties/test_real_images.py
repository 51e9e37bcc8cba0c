"""Every claim on MNIST 1 against 2 and Fashion-MNIST 0 against 9, where they can be found."""

import pytest

from properties.strategies import image_configurations
from properties.suite import Suite
from verifier import datasets
from verifier.claims import CLAIMS, IMPLICATION, Claim
from verifier.distributions import IMAGE_TASKS


@pytest.mark.wide
@pytest.mark.parametrize("task", IMAGE_TASKS)
@pytest.mark.parametrize("claim", CLAIMS.values(), ids=list(CLAIMS))
def test_images(claim: Claim, task: str, suite: Suite) -> None:
    if datasets.find(task, suite.settings.images) is None:
        pytest.skip(f"{task} is not on this machine: see `--images` in the README")
    suite.verify_all(claim, image_configurations(task, claim.kind == IMPLICATION))
