"""The wheel carries the suite's own tests, which stand beside the library here, inside of it."""

from setuptools import find_packages, setup

SUITE = "verifier.suite.properties"

setup(
    py_modules=["pytest_verifier"],
    packages=[*find_packages(include=["verifier*"]), SUITE],
    package_dir={SUITE: "properties"},
)
