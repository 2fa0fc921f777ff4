"""To a Python file of plain Keras: blocks as functions, loops as loops. Imports `keras`."""
