"""`sam deploy --guided` by somebody who takes every default: `guided.py <sam>`. At a terminal, since a person has one.

Presses Enter at each question, and y at the one that asks for more than a default. Ends with sam's status, its output goes on.
"""

import os
import pty
import re
import sys

QUESTION = re.compile(rb"(\]|\)|:) ?: ?$")  # [default]: and the like, at the end of what was said
DEPLOY = re.compile(rb"Deploy this changeset\? \[y/N\]: ?$")


def main() -> None:
    sam = sys.argv[1]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sam, [sam, "deploy", "--guided"])
    said = b""
    try:
        while heard := os.read(terminal, 4096):
            os.write(sys.stdout.fileno(), heard)
            said = (said + heard)[-400:]
            line = re.sub(rb"\x1b\[[0-9;]*m", b"", said).rpartition(b"\n")[2]
            if DEPLOY.search(line):
                os.write(terminal, b"y\n")
            elif QUESTION.search(line):
                os.write(terminal, b"\n")
            else:
                continue
            said = b""
    except OSError:  # so a terminal ends on Linux
        pass
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
