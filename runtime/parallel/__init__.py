"""Ray, which runs work on several processes or machines: started, and stopped behind itself.

In: which of Ray's libraries is wanted, and how many workers. Out: the module, and a cluster.
"""
