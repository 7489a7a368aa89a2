"""The scenarios: what an EHR sent, and what must be answered. See README.md in this folder."""
