"""What the library's books are made of: which lines draw on which order, what a fund has spent, what is to come.

Pure pandas: no Django, no files, no clock. Money is whole minor units.
"""
