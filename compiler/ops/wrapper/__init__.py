"""Layers around layers. Imports every other family."""
