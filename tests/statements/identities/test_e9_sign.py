from verifier.data.distributions import Data
from verifier.statements.identities.e9_sign import E9
from verifier.trial.configuration import Configuration


def test_it_holds_on_an_example() -> None:
    data = Data("gaussian", dimension=5, samples=4)
    setting = Configuration(data, 20, 0.3, True, (0.5,), (1.0,), eps=1.0, scenario="a")
    assert E9.check(setting).holds
