"""What runs where submissions are graded: on Gradescope, on GitHub, in the notebooks of Otter."""
