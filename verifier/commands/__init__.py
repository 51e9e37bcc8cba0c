"""The subcommands of `verifier`, one module each: `add` declares it, `run` executes it."""
