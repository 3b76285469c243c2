#!/usr/bin/env python3
"""Rewrites the expected rows of tests/logic/*.test with PostgreSQL's answers.

  tests/support/expected_from_postgres.py [--check] [FILE...]

Starts a PostgreSQL of its own (initdb in a temporary folder, a Unix socket, no network), loads
tests/logic/data/postgres.sql, and asks every query block but those after `skipif postgres`. --check
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

    def psql(self, sql):
        command = ["psql", "-X", "-q", "-h", self.folder, "-U", "postgres", "-A", "-t", "-F", "\t",
                   "-P", "null=NULL", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(command, input=sql, text=True, capture_output=True, cwd=data)
        return done.returncode == 0, done.stdout if done.returncode == 0 else done.stderr


def answer(server, sql):
    ok, text = server.psql(sql.rstrip().rstrip(";") + ";\n")
    if not ok:
        return None, text
    return text.split("\n")[:-1], ""


def rewrite(path, server, check):
    lines = open(path).read().split("\n")
    out, at, skip, differing, last = [], 0, False, 0, []
    while at < len(lines):
        head = lines[at]
        out.append(head)
        at += 1
        if head.startswith("skipif postgres"):
            skip = True
        if not head.startswith(("query ", "again ", "cube ")):
            continue
        start = at
        while at < len(lines) and lines[at] not in ("----", ""):
            at += 1
        sql = "\n".join(lines[start:at])
        out += lines[start:at]
        expected = []
        if at < len(lines) and lines[at] == "----":
            at += 1
            while at < len(lines) and lines[at] != "":
                expected.append(lines[at])
                at += 1
        if skip:
            rows = expected
        elif head.startswith(("again ", "cube ")):
            rows = last  # the same question in SQL stands before it
        else:
            rows, failure = answer(server, sql)
            if rows is None:
                sys.exit(f"{path}:{start}: {failure}{sql}")
        if "rowsort" in head:
            rows, expected = sorted(rows), sorted(expected)
        last = rows
        differing += rows != expected
        out += ["----"] + rows
        skip = False
    if check:
        print(f"{path}: {differing} answers differ")
    else:
        open(path, "w").write("\n".join(out))
    return differing


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    files = arguments or sorted(glob.glob(os.path.join(here, "..", "logic", "*.test")))
    with Server() as server:
        differing = sum(rewrite(path, server, "--check" in sys.argv) for path in files)
    if "--check" in sys.argv and differing:
        sys.exit(1)


main()
