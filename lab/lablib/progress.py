"""Progress for people who wait."""

import sys
import time


class Progress:
    """One line that says what is done, how far, how long; rewritten on a terminal, elsewhere printed anew now and then."""

    def __init__(self, title):
        self.title, self.started, self.printed = title, time.monotonic(), 0
        self.terminal = sys.stderr.isatty()

    def say(self, how_far, last=False):
        now = time.monotonic()
        if not last and now - self.printed < (0.5 if self.terminal else 15):
            return
        self.printed = now
        line = f"{self.title}: {how_far}, {now - self.started:.0f} s"
        end = "\n" if last or not self.terminal else ""
        print(f"\r\033[K{line}" if self.terminal else line, end=end, file=sys.stderr, flush=True)
