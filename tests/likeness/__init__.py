"""Tests of the room likeness."""
