"""The registry: every claim by id, in the theory's order."""

from verifier.claims.base import CERTIFICATE, IDENTITY, IMPLICATION, Claim
from verifier.claims.certificates import CERTIFICATES
from verifier.claims.decomposition import DECOMPOSITION
from verifier.claims.descent import DESCENT
from verifier.claims.perturbation import PERTURBATION

CLAIMS: dict[str, Claim] = {
    claim.id: claim for claim in (*DESCENT, *DECOMPOSITION, *PERTURBATION, *CERTIFICATES)
}

__all__ = ["CERTIFICATE", "CLAIMS", "IDENTITY", "IMPLICATION", "Claim"]
