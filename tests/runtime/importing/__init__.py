"""Tests of models that become text."""
