"""Figures for the last part: files, speed, and a production engine."""
