"""The paper's figures, reproduced: panels as data, their runner and cache, comparison, pictures.

A leaf: it uses the library, and nothing but the command `verifier reproduce` uses it.
"""
