"""A controlling terminal for a run that asks."""

import os
import pty
import select
import time


def on_a_terminal(binary, words, environment, folder, answers) -> tuple:
    """Types each answer when its question is seen; the exit status and all that was seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(binary, [str(binary), *map(str, words)], environment)
    seen, typed, deadline = "", 0, time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 4096).decode(errors="replace")
            except OSError:
                break
        if typed < len(answers) and answers[typed][0] in seen:
            seen = seen.replace(answers[typed][0], "(asked)", 1)
            time.sleep(0.2)
            os.write(terminal, answers[typed][1].encode() + b"\n")
            typed += 1
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen
