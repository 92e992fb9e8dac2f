"""What a test reads off a figure."""


def heights(axis):
    return [bar.get_height() for container in axis.containers for bar in container]


def line(axis, label):
    return next(found for found in axis.lines if found.get_label() == label).get_xydata().T
