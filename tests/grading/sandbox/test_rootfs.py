"""A sandbox is shown Python, NumPy and the library without its solution, and nothing else."""

from pathlib import Path

from tinytorch.grading.sandbox import rootfs


def test_the_copy_of_the_library_holds_no_solution_and_no_tests():
    copied = rootfs.copy_of_library()
    folders = {path.parent.relative_to(copied).as_posix() for path in copied.rglob("*.py")}
    inside = "tinytorch/grading/sandbox/inside"
    assert folders == {
        "tinytorch",
        "tinytorch/core",
        "tinytorch/datasets",
        "tinytorch/grading",
        "tinytorch/grading/sandbox",
        inside,
        f"{inside}/submission",
    }


def test_no_packages_but_numpy_are_shown():
    for path in rootfs.readable():
        assert "-packages" not in path or Path(path).name in ("numpy", "numpy.libs")
    shown = [target for kind, _, target in rootfs.mounts() if kind == "bind"]
    masked = [target for kind, _, target in rootfs.mounts() if kind == "mask"]
    for folder in shown:
        for packages in [
            *Path(folder).glob("python*/*-packages"),
            *Path(folder).glob("*-packages"),
        ]:
            assert str(packages) in masked
