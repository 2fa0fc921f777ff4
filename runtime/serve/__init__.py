"""A model behind HTTP: requests come in, go through the model together, and are answered.

In: a loaded model. Out: an ASGI application, which uvicorn runs. Nothing of a request is
written to disk.
"""
