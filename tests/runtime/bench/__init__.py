"""Tests of `netc bench`."""
