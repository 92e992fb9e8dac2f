"""What students and instructors get to see: tables, results.json, grades.csv and pages.

`report` adds up the points of a submission, `results` is the same as JSON and CSV, `feedback` and
`pages` make HTML of it with the files in `templates`, and `store` writes each file as a whole.
"""
