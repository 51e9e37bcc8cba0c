r"""
See the theorem
===============

What an attack adds to an image may look like noise. The theorem says what it is: a sum of the
training samples, each with its correct label's sign, and a part left from the initial weights.

.. math:: \nabla f_T(z) = \xi_T(z) + \sum_n y_n C_n(z) x_n .

It holds exactly, at any width and after any time.
"""

import matplotlib.pyplot as plt
import torch

from verifier import Configuration, Data, Trial
from verifier.statements.identities.formulas import decomposition

setting = Configuration(
    Data("mnist", dimension=784, samples=100),
    width=500,
    slope=0.0,
    train_bias=True,
    f_steps=(0.2,) * 5,
    g_steps=(0.2,),
    eps=3.0,
    scenario="a",
)
trial = Trial(setting)  # draws samples and a network, and trains it
theory = decomposition(trial, trial.f)  # the formulas, for this very run

# %%
# Both sides, for an image of each class. The left one is the trained network's gradient; the right
# one knows of training only how much each sample pulled at each neuron.

X, y = trial.draw.X, trial.draw.y
images = torch.stack([X[y > 0][0], X[y < 0][0]])
gradient = trial.input_gradient(trial.f, images)
coefficients = theory.coefficients(images)  # C_n(z), which is never negative
samples = (coefficients * y) @ X
start = theory.initial_part(images)
print(f"largest difference: {(gradient - samples - start).abs().max():.1e}")
print(f"smallest coefficient: {coefficients.min():.3f}")
assert torch.allclose(gradient, samples + start, rtol=0, atol=1e-12)

# %%
# In pictures: the sum of training samples is what one can see in the noise. Yellow adds towards
# class +1, blue removes; both images have nearly the same gradient, and it shows both classes.

names = ("image", "gradient", "sum of samples", "from the start")
figure, grid = plt.subplots(2, 4, figsize=(7, 3.8), layout="constrained")
for line, *values in zip(grid, images, gradient, samples, start, strict=True):
    largest = max(float(v.abs().max()) for v in values[1:])
    for axes, name, value in zip(line, names, values, strict=True):
        around = {"cmap": "cividis", "vmin": -largest, "vmax": largest}
        axes.imshow(value.reshape(28, 28), **({"cmap": "gray"} if name == "image" else around))
        axes.set(title=name, xticks=[], yticks=[])
plt.show()
