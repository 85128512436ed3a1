//! Digests: parsing, signatures, the chain and what it proves.
