"""What programs print: on the screen, on port 0xE9, in the log."""
import re

from memory import kernel_of, run_to_end

RED_ON_BLACK, GREEN_ON_BLACK, BLACK_ON_RED = 0x0C, 0x0A, 0xC0


def test_programs_have_the_whole_screen_where_asked_for(machine, test_kernel_elf):
    started = machine("test-text view=text stop=100")
    memory = run_to_end(started, kernel_of(test_kernel_elf))[1]
    screen, log = memory.screen, started.log()
    rows = [screen.row(row) for row in range(25)]
    first = next(index for index in range(25) if rows[index] == "half a row")
    assert rows[0].rstrip("*").strip() == f"row {41 - first}" and rows[first - 1] == "row 40"
    assert screen.character(0, 79) == "*" and screen.colors(0, 79) == GREEN_ON_BLACK
    assert screen.colors(first, 0) == RED_ON_BLACK
    message = rows[first + 1].ljust(80) + rows[first + 2]
    assert re.fullmatch(r"Process 2 null pointer access on 0x0 \(read missing page, .*\)", message)
    assert screen.colors(first + 1, 0) == BLACK_ON_RED
    assert "the end" in rows and rows[1][20:] == "at its place"
    assert "log pid=1: a line\n" in log and "log pid=1: ok\n" in log


def test_what_is_printed_is_text_on_port_0xe9_and_in_the_log(machine, tmp_path):
    started = machine("test-text view=off log=console", debugcon=str(tmp_path / "port"))
    started.run(20)
    text, log = (tmp_path / "port").read_text(), started.log()
    expected = "".join(f"row {i}\n" for i in range(1, 41))
    assert text.startswith(expected + "half a row\nProcess 2 null pointer access on 0x0 (")
    assert text.endswith(")\nat its place\nthe end\n")
    written = "".join(re.findall("^console pid=1: (.*)\n", log, re.MULTILINE))
    assert written.replace(r"\n", "\n") == expected + "half a row" + "at its place" + "the end\n"


def test_nothing_is_logged_of_what_is_printed_where_nobody_asks(machine):
    started = machine("hello view=off")
    started.run(20)
    assert "console" not in started.log()
