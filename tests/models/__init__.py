"""Tests of the shipped models."""
