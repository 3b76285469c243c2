#!/usr/bin/env python3
"""Rewrites the expected rows of tests/logic/**/*.test with PostgreSQL's answers.

  tests/support/expected_from_postgres.py [--check] [FILE...]

Starts a PostgreSQL of its own (initdb in a temporary folder, a Unix socket, no network), loads
tests/logic/data/postgres.sql, and asks every query block but those after `skipif postgres`. A line
`load data/NAME.yaml [rows=N]` runs data/NAME.sql where there is one (with :rows). In a loop
(foreach) every value is asked for; where answers differ, each has its own `---- VALUE`. --check
only says which answers differ. Needs the server's programs (Debian: postgresql-15).
"""
import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
data = os.path.join(here, "..", "logic", "data")


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not found:
        sys.exit("no PostgreSQL server here (Debian: apt-get install postgresql-15)")
    return found[-1]


class Server:
    """A server in a temporary folder; PostgreSQL refuses to run as root, so then as postgres."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="logic-postgres-")
        self.user = []
        if os.getuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = ["runuser", "-u", "postgres", "--"]
        bin = programs()
        self.control = os.path.join(bin, "pg_ctl")
        store = os.path.join(self.folder, "store")
        self.run([os.path.join(bin, "initdb"), "-D", store, "-U", "postgres", "-E", "UTF8",
                  "--locale=C", "-N"])
        options = f"-c listen_addresses= -k {self.folder} -c timezone=UTC"
        self.run([self.control, "-D", store, "-o", options, "-l", self.folder + "/log", "-w", "start"])
        self.store = store
        self.psql(open(os.path.join(data, "postgres.sql")).read())
        return self

    def __exit__(self, *failure):
        self.run([self.control, "-D", self.store, "-m", "immediate", "stop"])
        shutil.rmtree(self.folder)

    def run(self, command):
        subprocess.run(self.user + command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def psql(self, sql, *options):
        command = ["psql", "-X", "-q", "-h", self.folder, "-U", "postgres", "-A", "-t", "-F", "\t",
                   "-P", "null=NULL", "-v", "ON_ERROR_STOP=1", *options]
        done = subprocess.run(command, input=sql, text=True, capture_output=True, cwd=data)
        return done.returncode == 0, done.stdout if done.returncode == 0 else done.stderr


def answer(server, sql):
    ok, text = server.psql(sql.rstrip().rstrip(";") + ";\n")
    if not ok:
        return None, text
    return [row or "(empty)" for row in text.split("\n")[:-1]], ""


class Block:
    """A query, again or cube block: its head, its lines of SQL, its expected rows by the loop's value ("" for all)."""

    def __init__(self, lines, at, skip):
        self.head, self.skip, self.at, self.sql = lines[at], skip, at + 1, []
        self.expected, self.answers, section = {}, {}, None
        at += 1
        while at < len(lines) and lines[at] != "":
            if lines[at].startswith("----"):
                section = self.expected.setdefault(lines[at][4:].strip(), [])
            elif section is None:
                self.sql.append(lines[at])
            else:
                section.append(lines[at])
            at += 1
        self.end = at

    def in_order(self, rows):
        return sorted(rows) if "rowsort" in self.head else rows

    def expected_for(self, value):
        return self.in_order(self.expected.get(value, self.expected.get("", [])))

    def text(self):
        out = [self.head, *self.sql]
        if self.skip:
            for value, rows in self.expected.items():
                out += [f"---- {value}".rstrip(), *rows]
            return out
        answers = list(self.answers.items())
        if all(rows == answers[0][1] for _, rows in answers):
            answers = [("", answers[0][1])]
        for value, rows in answers:
            out += [f"---- {value}".rstrip(), *rows]
        return out


class File:
    def __init__(self, path, server):
        self.path, self.server, self.last, self.differing = path, server, [], 0
        self.lines = open(path).read().split("\n")

    def load(self, head):
        name, *size = head.split()[1:]
        script = os.path.join(data, os.path.basename(name).replace(".yaml", ".sql"))
        if not os.path.exists(script):
            return
        ok, text = self.server.psql(open(script).read(), *(o for s in size for o in ("-v", s)))
        if not ok:
            sys.exit(f"{script}: {text}")

    def ask(self, block, value, name):
        if block.skip:
            rows = block.expected_for(value)
        elif block.head.startswith(("again ", "cube ")):
            rows = self.last  # the same question in SQL stands before it
        else:
            sql = "\n".join(block.sql).replace("${" + name + "}", value)
            rows, failure = answer(self.server, sql)
            if rows is None:
                sys.exit(f"{self.path}:{block.at}: {failure}{sql}")
        rows = block.in_order(rows)
        self.last = rows
        self.differing += rows != block.expected_for(value)
        block.answers[value] = rows

    def blocks(self, at, end):
        """The parts of the lines at .. end - 1: texts (loads among them) and Blocks."""
        parts, skip = [], False
        while at < end:
            line = self.lines[at]
            skip = skip or line.startswith("skipif postgres")
            if line.startswith(("query ", "again ", "cube ")):
                parts.append(Block(self.lines, at, skip))
                at, skip = parts[-1].end, False
                continue
            if line.startswith("statement "):
                skip = False
            parts.append(line)
            at += 1
        return parts

    def run(self, parts, value, name):
        for part in parts:
            if isinstance(part, Block):
                self.ask(part, value, name)
            elif part.startswith("load "):
                self.load(part.replace("${" + name + "}", value))

    def rewrite(self):
        out, at = [], 0
        while at < len(self.lines):
            start = self.lines[at].startswith("foreach ")
            end = at + 1 if start else at
            stop = "endfor" if start else "foreach "
            while end < len(self.lines) and not self.lines[end].startswith(stop):
                end += 1
            parts = self.blocks(at, end)
            _, name, _, *values = self.lines[at].split() if start else ("", "", "", "")
            for value in values:
                self.run(parts, value, name)
            for part in parts:
                out += part.text() if isinstance(part, Block) else [part]
            at = end
        return "\n".join(out)


def main():
    check = "--check" in sys.argv
    files = [a for a in sys.argv[1:] if a != "--check"]
    logic = os.path.join(here, "..", "logic", "**", "*.test")
    differing = 0
    with Server() as server:
        for path in files or sorted(glob.glob(logic, recursive=True)):
            file = File(path, server)
            text = file.rewrite()
            differing += file.differing
            if check:
                print(f"{path}: {file.differing} answers differ")
            else:
                open(path, "w").write(text)
    if check and differing:
        sys.exit(1)


main()
