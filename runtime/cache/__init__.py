"""What checks found, kept between processes.

In: what a check read and found. Out: the same findings, where all of that is as it was. Imports
hardly anything until a finding has to be made again, since it is what makes checks start fast.
"""
