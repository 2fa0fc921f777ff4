"""How fast engines run nets, side by side: times, operations a second, memory.

In: checked nets, batches, engines. Out: timings as a table, JSON or a picture. Each engine runs
each net at each batch in a process of its own. Imports `infer`, `weights` and `report`'s style.
"""
