"""A package, so that its months go when its last test is done."""
