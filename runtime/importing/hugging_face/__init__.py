"""Folders of Hugging Face: GPT-2, BERT and Llama by their `config.json`, weights as safetensors.

In: a folder or a `config.json`. Out: `ImportedNet`, written from the numbers of the configuration.
No code of a folder runs, and no pickle is opened. The proof is against the formulas of the papers,
in NumPy, with the tensors as the file has them.
"""
