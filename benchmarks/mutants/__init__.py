"""Mutants nobody chose: faults drawn at random in the library's own source; does anything notice?

A negative control is a fault that its author thought of. Here faults are drawn uniformly, by a
seed, from all that a few operators on the syntax tree can do, and each is put to one judge:

- `code`: training, attack, kernel, prediction, certificates, concentration. `pytest properties/`
  alone must notice.
- `judging`: statistics, evidence, verdicts. What `make test` runs must notice.
- `loosened`: checks made more lenient: a bound doubled, a comparison left out, a verdict softened.
  What `make test` runs must notice.

`make mutants`, or `python -m benchmarks.mutants`. It goes on where it was interrupted, for days if
need be, and never writes into the working tree: mutants live in a copy.

Why no library does it: cosmic-ray (8.7) mutates the working tree in place and runs one command for
all mutants, whatever they break. mutmut (3.8) chooses tests by coverage, but leaves out decorated
functions and what stands outside functions, so `train`, every property and every constant; it takes
no operators of one's own, so nothing can be loosened; and it draws no sample.
"""
