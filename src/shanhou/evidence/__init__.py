"""存证: log, proofs, certificates, report, verifier."""
