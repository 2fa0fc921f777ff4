"""The site: docs/ as pages, and the playground."""
