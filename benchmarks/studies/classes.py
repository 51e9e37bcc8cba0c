"""Ten classes of images: what g learns from attacks on a margin, and what E10 predicts of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor

from benchmarks.studies.ten_classes import CLASSES, DATA_SETS, split
from verifier.kernel.phi import k_inf
from verifier.model.classes import ClassRecipe, class_outputs, perturb_classes, train_classes
from verifier.model.network import Parameters, initialise
from verifier.model.vectors import cosines, unit_rows

RECIPE = ClassRecipe((0.25,) * 40, momentum=0.9)
"""Of f and of g: cross-entropy, ReLU, biases trained."""
DTYPE = torch.float32
"""Of networks; predictions are in float64."""


KINDS = ("random", "next")
"""Of targets: one of the nine other classes, or the class after an image's own."""


@dataclass(frozen=True)
class Setting:
    """What g learns from: perturbations alone or images with them, towards one of `KINDS`."""

    alone: bool
    targets: str
    eps: float

    def samples(self, X: Tensor, along: Tensor) -> Tensor:
        """What g is given: perturbations of length eps along unit vectors, or images with them."""
        r = self.eps * along
        return r if self.alone else X + r


SETTINGS = (
    Setting(True, "random", 4.0),
    Setting(False, "random", 4.0),
    Setting(True, "next", 4.0),
    Setting(False, "next", 1.0),
    Setting(False, "next", 4.0),
)
"""In the order of `KINDS`: the targets of each kind are drawn once."""


@dataclass(frozen=True)
class Size:
    """Images to learn from, others to test on, and neurons."""

    samples: int
    fresh: int
    width: int


WHOLE, SMOKE = Size(1000, 1000, 500), Size(100, 100, 50)


@dataclass(frozen=True)
class WideLimit:
    """`f_hat_c(z) = f_c(z; 0) + sum_n taken_nc K_inf(z, x_n)`: what E10 is of a wide network.

    `taken (N, C)`: `(1/N) sum_j omega_j delta_nc(j)`. At infinite width only the diagonal of E10
    is left, and patterns stay. Nothing is trained; without `start`, it follows from the data alone.
    """

    X: Tensor
    taken: Tensor
    start: Parameters | None = None

    @classmethod
    def of(
        cls, X: Tensor, labels: Tensor, recipe: ClassRecipe, start: Parameters | None = None
    ) -> WideLimit:
        """Along the steps of a recipe; one step without a start gives `1[y_n = c] - 1/C`."""
        K = k_inf(X, X, recipe.slope, recipe.schedule.beta) / len(X)
        at_start = 0.0 if start is None else class_outputs(start, X, recipe.slope)
        taken = X.new_zeros(len(X), CLASSES)
        velocity = torch.zeros_like(taken)
        for eta in recipe.steps:
            velocity = recipe.momentum * velocity + recipe.pull(at_start + K @ taken, labels)
            taken = taken + eta * velocity
        return cls(X, taken / len(X), start)

    def outputs(self, z: Tensor) -> Tensor:
        """`f_hat_c(z)`, (P, C)."""
        summed = k_inf(z, self.X, RECIPE.slope, RECIPE.schedule.beta) @ self.taken
        start = self.start
        return summed if start is None else summed + class_outputs(start, z, RECIPE.slope)

    def direction(self, labels: Tensor, targets: Tensor) -> Tensor:
        """That of `nabla (f_hat_t - f_hat_y)` at its own samples, where the kernel's cusp has
        slope 0: E10m's attack on it, (N, d)."""
        at = self.X.clone().requires_grad_()
        outputs, rows = self.outputs(at), torch.arange(len(at))
        margin = outputs[rows, targets] - outputs[rows, labels]
        (gradient,) = torch.autograd.grad(margin.sum(), at)
        return unit_rows(gradient)


def following(y: Tensor) -> Tensor:
    """The class after each."""
    return (y + 1) % CLASSES


def draw_targets(kind: str, y: Tensor, generator: torch.Generator) -> Tensor:
    """A target for each image, never its own class."""
    if kind == "next":
        return following(y)
    step = torch.randint(1, CLASSES, y.shape, generator=generator, device="cpu")
    return (y + step) % CLASSES


def fresh(width: int, dimension: int, generator: torch.Generator) -> Parameters:
    """A network with a readout for each class, all of its entries drawn as the paper's are."""
    start = initialise(width, dimension, generator=generator, dtype=DTYPE, device="cpu")
    a = torch.randn(CLASSES, width, generator=generator, dtype=torch.float64, device="cpu")
    return start._replace(a=a.to(DTYPE))


def decided(f: Parameters, z: Tensor) -> Tensor:
    """The class a network gives each point, (P,)."""
    return class_outputs(f, z.to(DTYPE), RECIPE.slope).argmax(dim=1)


def share(found: Tensor, due: Tensor) -> float:
    """How often two lists of classes agree."""
    return float((found == due).double().mean())


def first_step(recipe: ClassRecipe) -> ClassRecipe:
    """The recipe, stopped after it."""
    return replace(recipe, steps=recipe.steps[:1])


def of_f(X: Tensor, y: Tensor, start: Parameters) -> dict[str, WideLimit]:
    """Predictions of f, by what they know."""
    return {
        "predicted": WideLimit.of(X, y, RECIPE, start.to("cpu", torch.float64)),
        "from the data alone": WideLimit.of(X, y, RECIPE),
        "by one step": WideLimit.of(X, y, first_step(RECIPE)),
    }


def run(name: str, number: int, size: Size) -> list[dict[str, float]] | None:
    """Of f itself, then of each of `SETTINGS`; None where the data set is absent.

    "right" and "next": how often the true class and the following one are named at fresh images,
    by the trained network, each prediction, and the control, where f was not trained.
    """
    generator = torch.Generator(device="cpu").manual_seed(number)
    data = split(name, size.samples, size.fresh, generator)
    if data is None:
        return None
    X, y, z, of_z = data
    start = fresh(size.width, X.shape[1], generator)
    f = {"": train_classes(start, X.to(DTYPE), y, RECIPE), "control": start}
    known = of_f(X, y, start)

    def told(named: dict[str, Tensor]) -> dict[str, float]:
        due = {"right": of_z, "next": following(of_z)}
        shares = {
            f"{what} {who}".strip(): share(found, classes)
            for what, classes in due.items()
            for who, found in named.items()
        }
        return shares | {"as predicted": share(named[""], named["predicted"])}

    by_f = {who: decided(network, z) for who, network in f.items()}
    by_f |= {who: limit.outputs(z).argmax(dim=1) for who, limit in known.items()}
    found = [told(by_f)]
    for kind in KINDS:
        targets = draw_targets(kind, y, generator)
        trained, untrained = (
            perturb_classes(network, X.to(DTYPE), y, targets, 1.0, RECIPE.slope).double()
            for network in f.values()
        )
        directions = {who: limit.direction(y, targets) for who, limit in known.items()}
        cosine = float(cosines(trained, directions["predicted"]).mean())
        for setting in (s for s in SETTINGS if s.targets == kind):
            g = fresh(size.width, X.shape[1], generator)
            by_g = {}
            for who, along in {"": trained, "control": untrained}.items():
                given = setting.samples(X, along).to(DTYPE)
                by_g[who] = decided(train_classes(g, given, targets, RECIPE), z)
            for who, along in directions.items():
                recipe = first_step(RECIPE) if who == "by one step" else RECIPE
                limit = WideLimit.of(setting.samples(X, along), targets, recipe)
                by_g[who] = limit.outputs(z).argmax(dim=1)
            found.append(told(by_g) | {"cosine": cosine, "as f": share(by_g[""], by_f[""])})
    return found


def rows(numbers: range, size: Size) -> list[dict[str, Any]]:
    """Of each data set, all runs of f and of each setting; how to get it where it is absent."""
    found: list[dict[str, Any]] = []
    for name, how in DATA_SETS.items():
        runs = [one for number in numbers if (one := run(name, number, size)) is not None]
        if not runs:
            found.append({"data": name, "missing": how})
            continue
        f, *settings = (
            {key: [one[key] for one in part] for key in part[0]} for part in zip(*runs, strict=True)
        )
        learnt = [asdict(s) | {"runs": part} for s, part in zip(SETTINGS, settings, strict=True)]
        found.append({"data": name, "f": f, "settings": learnt})
    return found
