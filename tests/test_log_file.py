"""Where the log goes: a file, a pipe, a terminal, and what is said when there is no room."""
import os
import shutil
import subprocess
import sys

import pytest
from conftest import QEMU, ROOT, clean_environment

RUN = [sys.executable, str(ROOT / "build" / "run.py"), "headless", "--program", "hello", "--image"]
needs_bwrap = pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")


def run(image, before=(), **environment):
    environment = clean_environment(QEMU=QEMU, OBJ=os.path.dirname(image), **{"TIME": "1", **environment})
    return subprocess.run([*before, *RUN, image], env=environment, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120, check=False)


def small_disk(folder):
    """What comes before a command so that `folder` is on a disk with 64 KiB, and /var/tmp too."""
    return ["bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--proc", "/proc",
            *(word for each in (str(folder), "/var/tmp") for word in ("--size", "65536", "--tmpfs", each))]


def test_a_log_may_go_into_a_pipe(image):
    result = run(image, LOG="/dev/stdout")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("start Kinglet boot=") and "PHYSICAL MEMORY" in lines[-25]
    assert lines[-26].startswith("stop status=0x10")


def test_a_log_on_standard_output_goes_on_where_that_is(image, tmp_path):
    with open(tmp_path / "all", "w", encoding="utf-8") as file:
        file.write("before\n")
        file.flush()
        subprocess.run([*RUN, image], stdout=file, env=clean_environment(QEMU=QEMU, LOG="/dev/stdout", TIME="1"),
                       stderr=subprocess.DEVNULL, check=True)
    text = (tmp_path / "all").read_text()
    assert text.startswith("before\nstart Kinglet") and "PHYSICAL MEMORY" in text and "\0" not in text


@pytest.mark.parametrize("log", ["/dev/null", "/dev/full"])
def test_a_log_may_go_nowhere(image, log):
    result = run(image, LOG=log)
    assert result.returncode == 0 and result.stderr.startswith("Kinglet: all went well; the last process ended"), result


def test_a_pipe_that_nobody_reads_is_told(image, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert run(image, LOG=str(tmp_path / "pipe")).stderr.startswith(f"Kinglet: cannot write LOG={tmp_path}/pipe: ")


def test_output_that_nobody_reads_any_more_is_told(image, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run([*RUN, image], stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
                            env=clean_environment(QEMU=QEMU, LOG=f"{tmp_path}/log.txt", TIME="1"))
    os.close(writer)
    assert result.stderr == f"Kinglet: nobody reads this run's output any more; the log is in {tmp_path}/log.txt\n"


@needs_bwrap
def test_a_log_that_is_not_whole_is_told(image, tmp_path):
    fill = ["sh", "-c", 'yes | head -c 65536 >"$1"/fill; shift; exec "$@"', "fill", str(tmp_path)]
    result = run(image, [*small_disk(tmp_path), *fill], LOG=f"{tmp_path}/log.txt")
    assert result.stderr.startswith("Kinglet: all went well, but the log has no end (is its disk full?)"), result


@needs_bwrap
def test_a_full_folder_for_temporary_files_is_told_as_that(image, tmp_path):
    result = run(image, small_disk(tmp_path), LOG="/dev/null", TMPDIR=str(tmp_path))
    assert result.stderr.startswith(f"Kinglet: there is no room in {tmp_path} (No space left on device)"), result
