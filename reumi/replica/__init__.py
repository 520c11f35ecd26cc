"""A faithful local Melon with original songs and switchable faults, for the demo and the tests."""
