"""Training codes the suite can check out of the box, written without the library's own formulas."""
