"""Pages of fines and fees, one module a page. All of them ask for CAN_BURSAR before they look at anything."""
