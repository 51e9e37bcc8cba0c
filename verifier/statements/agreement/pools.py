"""What N1 measures: a pool of single neurons, and networks made of its neurons, by the same code.

Networks whose neurons are drawn from a pool, each draw independent, have independent neurons of a
law whose moments are the pool's own: known exactly, so that no test has to forgive an estimate's
error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import NotComparable, require
from verifier.model.attack import natural_inputs
from verifier.model.network import Parameters, initialise
from verifier.model.training import train
from verifier.statements.agreement.neurons import NeuronLaw, Task
from verifier.trial.replay import replay
from verifier.trial.study import Study

NEURONS = 6_000
"""In a pool."""

MADE = 40_000
"""Networks made of a pool's neurons without training them: at most, where tables are small."""

LEAST_MADE = 10_000
"""And at least."""

COMPARED = 3
"""Networks whose outputs are compared with those of the pool's neurons, to rounding."""

_ENTRIES = 1 << 23  # of the table of what these networks' neurons give


class Tasks(NamedTuple):
    """What f and g are trained on, one after the other, and the trained f's outputs at z, (P,)."""

    f: Task
    g: Task
    output: Tensor


class Networks(NamedTuple):
    """Of which neurons `(R, m)` networks are made, and their trained outputs at z, (R, P).

    `ends`: the first of them after training.
    """

    neurons: Tensor
    outputs: Tensor
    ends: tuple[Parameters, ...]


def tasks(study: Study) -> Tasks:
    """The data of f and of g: fixed, and so independent of the networks that are drawn later."""
    c = study.experiment.only
    require(c.loss == "identity", "loss", repr(c.loss), "must be 'identity': N1's premise")
    require(c.biases, "biases", c.biases, "must be true: N1's pools are of networks with biases")
    key = ("N1 tasks", study.experiment)
    if key not in study.kept:
        start = study.fixed()
        f = study.code.train(start.f_0, start.X, start.y, c.f_recipe)
        r = study.code.perturb(f, start.X, start.targets, c.eps, c.slope, c.loss_function)
        inputs = natural_inputs(start.X, c.scenario) + r
        study.kept[key] = Tasks(
            Task(start.X, start.y, start.z, c.f_recipe),
            Task(inputs, start.targets, start.z, c.g_recipe),
            study.code.output(f, start.z, c.slope),
        )
    found: Tasks = study.kept[key]
    return found


def pool(study: Study) -> Parameters:
    """The pool's neurons before training."""
    c = study.experiment.only
    return initialise(
        NEURONS,
        c.data.dimension,
        generator=study.generator("pool"),
        dtype=c.torch_dtype,
        device=study.settings.device,
    )


def trained_pool(study: Study, name: str, law: NeuronLaw) -> Parameters:
    """The pool trained as one network, with the readout that `law` says; its `a` is that one."""
    key = ("N1 pool", study.experiment, name, type(law).readout)
    if key not in study.kept:
        start, task = pool(study), law.task
        scaled = start._replace(a=law.readout(start.a, law.width))
        study.kept[key] = study.code.train(scaled, task.X, task.y, task.recipe)
    found: Parameters = study.kept[key]
    return found


def chosen(study: Study, name: str, count: int) -> Tensor:
    """Neurons of `count` networks, drawn from the pool one by one, (count, m)."""
    shape = count, study.experiment.only.width
    drawn = torch.randint(
        NEURONS, shape, generator=study.generator(name), dtype=torch.int64, device="cpu"
    )
    return drawn.to(study.settings.device)


def of_neurons(params: Parameters, neurons: Tensor) -> Parameters:
    """The network made of these neurons."""
    return Parameters(*(part[neurons] for part in params))


def trained_networks(study: Study, name: str, task: Task, count: int) -> Networks:
    """Networks made of the pool's neurons before training, each trained and asked for outputs."""
    key = ("N1 networks", study.experiment, name, count)
    if key not in study.kept:
        start, neurons = pool(study), chosen(study, f"networks of {name}", count)
        outputs: list[Tensor] = []
        ends: list[Parameters] = []
        for row in neurons:
            final = study.code.train(of_neurons(start, row), task.X, task.y, task.recipe)
            outputs.append(study.code.output(final, task.z, task.recipe.slope))
            ends += [final] if len(ends) < COMPARED else []
        study.kept[key] = Networks(neurons, torch.stack(outputs), tuple(ends))
    found: Networks = study.kept[key]
    return found


def made_networks(study: Study, law: NeuronLaw, Z: Tensor) -> Tensor:
    """Outputs of networks made of the pool's trained neurons `Z (M, P)`, (B, P): no training."""
    at_once = max(1, _ENTRIES // (law.width * Z.shape[1]))
    count = max(LEAST_MADE, min(MADE, at_once))
    rows = chosen(study, "made", count).split(at_once)
    return torch.cat([law.output(Z[part]) for part in rows])


def comparable(
    study: Study, task: Task, trained: Parameters, networks: Networks
) -> Iterator[tuple[int, Tensor]]:
    """The first networks' numbers and how far rounding may part them from the pool, (P,).

    Each side is replayed: where rounding alone may lead a neuron across its kink, a network says
    nothing and is left out.
    """
    start = pool(study)
    for k, alone in enumerate(networks.ends):
        row = networks.neurons[k]
        initial = of_neurons(start, row)
        among_others = of_neurons(trained, row)._replace(a=initial.a)
        path = train(initial, task.X, task.y, task.recipe, path_weights=True)
        bound = torch.zeros_like(networks.outputs[k])
        try:
            for end in (alone, among_others):
                replayed = replay(path, initial, task.X, task.y, task.recipe, end)
                bound = bound + replayed.rounding.output(task.z)
        except NotComparable:
            continue
        yield k, bound


def share(outputs: Tensor, signs: Tensor) -> Tensor:
    """The share of points at which outputs `(R, P)` have the signs `(P,)`; NaN for NaN, (R,)."""
    same = torch.where(outputs.isnan(), math.nan, ((outputs > 0) == (signs > 0)).double())
    return same.mean(dim=1)
