"""Runs the same work on Windlass and on its peers, and prints one table."""
