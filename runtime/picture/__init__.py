"""Pictures of a net: in goes an `Outline`, out come SVG, HTML, DOT and Mermaid."""
