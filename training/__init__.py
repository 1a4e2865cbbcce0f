"""Makes the weights of the readers again: `python -m training reader DATA`, and `deep` for the one that decides."""
