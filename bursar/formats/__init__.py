"""Files of fines and fees, in and out. No Django here."""
