"""The bursar's rules: which fees go out, how they are sorted, which charge a credit takes back, what a payment pays.

Frames and plain values in and out: no Django here, no files, no clock.
"""
