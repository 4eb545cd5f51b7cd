"""Binary and ternary networks: training, mapping to 2T2R pairs, fault injection and accuracy.

BER tables come in as data; nothing here simulates. torch is needed to train and to run a network, not to read tables,
draw faults or map weights.
"""
