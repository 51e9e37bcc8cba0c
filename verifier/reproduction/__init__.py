"""The paper's figures, reproduced: `panels` say what, `plan` at which size, `run` does it all.

A leaf: it uses the library, and nothing but the command `verifier reproduce` uses it.
"""
