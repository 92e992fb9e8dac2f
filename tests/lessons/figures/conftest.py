import pytest

from tinytorch import experiments


@pytest.fixture(scope="session")
def figures():
    """Every figure of the library's own functions; none of the tests changes one."""
    return {name: getattr(experiments, name)() for name in experiments.__all__}
