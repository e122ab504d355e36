"""Tests of the management API, most of them made from the table of its operations."""
