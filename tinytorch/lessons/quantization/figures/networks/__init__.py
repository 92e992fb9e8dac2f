"""Figures for exercises 5 and 6: whole networks, their accuracy, errors and sizes."""
