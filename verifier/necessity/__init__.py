"""Which premises are needed: what fails without each of them."""
