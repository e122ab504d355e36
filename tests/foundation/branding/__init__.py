"""Tests of what an organisation may choose of how its pages look."""
