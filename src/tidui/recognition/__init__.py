"""Recognition: notices, objections, documents, numbers and certificates, validity, revocation, verification."""
