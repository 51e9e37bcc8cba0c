"""Findings by theme, and why each matters; what bears most on the paper comes first."""

from __future__ import annotations

THEMES = {
    "Corrections and limits of the paper": {
        "sharpened-direction": "predictions by s stay off at any width.",
        "published-predictor": "there the paper foretells the wrong class for a wide network.",
        "published-predictor-by-class": "these are the paper's data.",
        "tilted-targets": "a result from one draw of targets need not repeat with another.",
        "balanced-targets": "it would be a cause of how high published accuracies are.",
    },
    "When perturbations teach": {
        "all-targets-wrong": "what g gets right does not come from targets that are right.",
        "transfer": "it would explain why an attack on one network works on others.",
        "biases-drown": "with few samples, freeze the biases.",
        "own-noise": "a prediction of the accuracy has to count it.",
        "3-pixels": "few pixels would then carry the classes.",
        "2-pixels": "fewer still would then carry the classes.",
    },
    "For who trains and attacks": {
        "attack-underflows": "attack the output, not its loss.",
        "entropy-turns": "the theory is of the attack on the margin between two classes.",
        "epochs-are-quiet": "which shuffle was drawn hardly matters.",
        "readouts-turn": "what is proved for gradient flow need not hold for steps.",
    },
    "More than two layers": {
        "deep-agreement": "the theorems are for two layers; what they explain is not.",
        "deep-span-4": "what samples make up of a perturbation does not end with two layers.",
        "deep-span-6": "the samples' part would then last to that depth.",
    },
    "Sharper laws": {
        "steps-stay-in-a-cone": "the theory of one step then covers attacks of several.",
        "exact-kernel-law": "as sure a bound needs less width than the usual one asks for.",
        "flips-rate": "the wider a network, the more its own kernel predicts than the limit's.",
    },
}
"""By a theme's title, of the name of each: why it matters."""

MATTERS = {name: why for theme in THEMES.values() for name, why in theme.items()}
"""Of all, in the order of the page."""
