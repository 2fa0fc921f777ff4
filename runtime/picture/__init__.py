"""Pictures of a net.

In: an `Outline`. Out: SVG, HTML, DOT and Mermaid. Imports no other room.
"""
