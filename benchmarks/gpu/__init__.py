"""`make gpu`: everything that a machine with a GPU is asked for, in ten minutes, by one command.

The tests on CUDA, the properties there, the benchmarks, and as many of the paper's figures at
published size as time allows. Such a machine has torch, perhaps no network, and perhaps not our
versions. What starts the stages and reads them uses the standard library alone, so that whatever is
missing there, or broken, is recorded too.
"""
