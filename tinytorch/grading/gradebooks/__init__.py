"""Tables of a course.

`sheet` reads one and fills it in, and `people` says who is in it and handed in what. `gradebook`
writes the points for a platform, and `feedback_zip` the pages.
"""
