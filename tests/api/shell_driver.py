"""Drives a program on a pseudo terminal: shell_driver.py PROGRAM ARGUMENT...

Standard input holds steps as JSON, [[send, wait for], ...]: each sends its text and then waits until the
terminal has shown the other one (a number: so many seconds; null: until the program ends). Prints what the terminal showed, as JSON: one text a step; then the exit code.
"""
import json, os, pty, select, signal, sys, time

steps = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.environ['TERM'] = 'xterm'
    os.execv(sys.argv[1], sys.argv[1:])


def wait_for(wanted, seconds=60):
    shown = ''
    end = time.time() + seconds
    while time.time() < end and (wanted is None or wanted not in shown):
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65536).decode(errors='replace')
            except OSError:  # the program has ended
                break
    return shown


shown = []
for send, wanted in steps:
    os.write(terminal, send.encode())
    shown.append(wait_for(None, wanted) if isinstance(wanted, (int, float)) else wait_for(wanted))
for _ in range(100):
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    time.sleep(0.1)
else:
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
print(json.dumps({'shown': shown, 'code': os.waitstatus_to_exitcode(status)}))
