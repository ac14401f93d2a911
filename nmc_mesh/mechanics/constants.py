"""Constants of nature: exact since 2019."""

FARADAY = 96485.33212331001
"""Charge of a mole of electrons, C/mol."""

GAS = 8.31446261815324
"""J/(mol K)."""
