"""What trainings will take, estimated before they start from their shapes alone.

Costs are seconds on one core of the machine on which the constants were fitted; `speed` compares
this machine with that one. A plan's choices depend on the constants only, so that a run that is
resumed, here or elsewhere, makes the same ones.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

import torch

from verifier.model.losses import named_loss
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.clean_network import CURVES, MAP, Ask
from verifier.reproduction.training.predicted import SEEN
from verifier.reproduction.training.recipes import PUBLISHED, schedule_named
from verifier.reproduction.training.samples import FRESH, draw_network, draw_samples
from verifier.reproduction.training.stacked_descent import descend, in_gram_form, moving_share

FLOP = 1 / 75e9  # of the two matrix products of a step
PASS = 3e-9  # on each pre-activation of a step, apart from the products
EPOCH = 3e-4  # of an epoch, however small
PAIR = 1e-8  # of a kernel sum, on each pair of points, apart from the product
START = 0.1  # of a clean network
_PROBE = PointSetting("gaussian", "a", 100, 100, 1000, 0.0, 0.1, "logistic", 60, 1, (1.0,), (1.0,))


def estimate(asks: Iterable[Ask], recipe: str) -> float:
    """Seconds for all asks, whatever clean networks they need."""
    groups: dict[tuple[object, ...], list[Ask]] = defaultdict(list)
    for ask in asks:
        groups[clean_key(ask.setting)].append(ask)
    return sum(sum(shares(group, recipe)) for group in groups.values())


def clean_key(setting: PointSetting) -> tuple[object, ...]:
    """What settings agree in that may share a clean network."""
    return setting.data, setting.d, setting.N, setting.m, setting.gamma, setting.loss


def shares(asks: Sequence[Ask], recipe: str) -> tuple[float, ...]:
    """Seconds of each ask of one clean network; what several have in common is divided evenly."""
    applied = [schedule_named(recipe).applied(a.setting) for a in asks]
    first = applied[0]
    rests = first.loss == "identity"
    moving = moving_share(first, attacked=False)
    rates = len({r for s in applied for r in s.rates_f})
    clean = START + _descent(first, rates, max(s.epochs_f for s in applied), moving)
    clean += _kernel(first, first.N, 2) if rests else 0.0  # s and what sharpens it
    costs = [clean / len(asks)] * len(asks)
    attacks: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, (ask, s) in enumerate(zip(asks, applied, strict=True)):
        if ask.kind in (CURVES, MAP):
            attacks[s.scenario, s.eps, s.epochs_f, s.rates_f].append(i)
    for members in attacks.values():
        some = [applied[i] for i in members]
        rates_f, rates_g = len(some[0].rates_f), len({r for s in some for r in s.rates_g})
        moving = moving_share(some[0], attacked=True)
        attacked = _descent(first, rates_g, max(s.epochs_g for s in some), moving, rates_f)
        attacked += rates_f * _kernel(first, min(first.N, SEEN) + FRESH, 1) if rests else 0.0
        for i in members:
            costs[i] += attacked / len(members)
    for i, ask in enumerate(asks):
        if ask.plane is not None:
            costs[i] += _kernel(first, ask.plane.resolution**2, 2)  # f_hat and g_hat
    return tuple(costs)


def _descent(setting: PointSetting, rates: int, epochs: int, moving: float, sets: int = 1) -> float:
    neurons = sets * rates * setting.m
    if in_gram_form(setting.N, setting.d, neurons, moving):  # nothing rests
        return epochs * (sets * EPOCH + neurons * setting.N * (2 * setting.N * FLOP + PASS))
    each = 4 * (setting.d + 1) * FLOP + PASS
    return epochs * (sets * EPOCH + moving * neurons * setting.N * each)


def _kernel(setting: PointSetting, points: int, times: int) -> float:
    return times * points * setting.N * (4 * setting.d * FLOP + PAIR)


def speed(device: str) -> float:
    """How many times faster this machine is: a short training, against its cost. At most a second.

    Only for what users are told; no choice depends on it.
    """
    samples = draw_samples(_PROBE, 0, None, device)
    network = draw_network("f", _PROBE, 0, device)
    loss = named_loss(_PROBE.loss)
    expected = _descent(_PROBE, 1, _PROBE.epochs_f, 1.0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as workers have
    try:
        seconds = []
        for _ in range(2):  # the first one also warms up
            started = time.perf_counter()
            for end in descend(
                network,
                samples.X[None],
                samples.y,
                _PROBE.rates_f,
                PUBLISHED,
                [_PROBE.epochs_f],
                loss,
                0.0,
            ):
                end.time.tolist()  # waits for the device
            seconds.append(time.perf_counter() - started)
    finally:
        torch.set_num_threads(threads)
    return expected / min(seconds)
