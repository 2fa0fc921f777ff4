"""Ray, which runs work on several processes or machines: started, and stopped behind itself.

Enters: which of Ray's libraries is wanted, and how many workers. Leaves: the module, and a cluster.
"""
