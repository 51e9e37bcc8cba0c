"""One configuration drawn, trained by the code under test, and replayed."""
