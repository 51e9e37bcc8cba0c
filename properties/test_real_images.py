"""Statements about any data on MNIST 1 against 2 and Fashion-MNIST 0 against 9, where found."""

import pytest

from verifier.data import images
from verifier.data.distributions import IMAGE_TASKS
from verifier.statements import ANY, PATHWISE, WIDE, PathwiseStatement
from verifier.suite.fixed import image_configurations
from verifier.suite.run import Suite


@pytest.mark.parametrize("task", IMAGE_TASKS)
@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s.inputs in (ANY, WIDE)], ids=lambda s: s.id
)
def test_images(statement: PathwiseStatement, task: str, suite: Suite) -> None:
    if images.find(task, suite.subject.settings.images) is None:
        pytest.skip(f"{task} is not on this machine: see `--images` in the README")
    suite.verify_all(statement, image_configurations(task, statement.inputs == WIDE))
