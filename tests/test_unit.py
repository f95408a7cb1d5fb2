"""The GoogleTest programs that make built from tests/unit/, each as one test here."""
import subprocess

import pytest
from conftest import OBJ, ROOT

NAMES = sorted(path.stem for path in (ROOT / "tests" / "unit").glob("*.cc"))


@pytest.mark.parametrize("name", NAMES)
def test_unit(name):
    command = [OBJ / "unit" / name, "--gtest_brief=1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
