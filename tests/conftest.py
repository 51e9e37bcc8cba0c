"""One thread: the tests' tensors are small, and waiting for threads on a busy machine is slow."""

import torch

torch.set_num_threads(1)
