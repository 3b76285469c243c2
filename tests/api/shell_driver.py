"""Drives a program on a pseudo terminal: shell_driver.py PROGRAM ARGUMENT...

Standard input holds steps as JSON, [[send, wait for], ...]: each sends its text and then waits until the
terminal has shown the other one (a number: so many seconds; null: until the program ends). WINDOW_COLUMNS is how wide the terminal is. Prints what the terminal showed, as JSON: one text a step; then the exit code.
"""
import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

steps = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.environ['TERM'] = 'xterm'
    os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 50, int(os.environ.get('WINDOW_COLUMNS', '200')), 0, 0))


def is_there(shown, wanted):
    """A prompt is there when it is the last thing shown and keys go to the line editor: before that Ctrl-D is lost."""
    if not wanted.endswith('> '):
        return wanted in shown
    if termios.tcgetattr(terminal)[3] & termios.ICANON:
        return False
    plain = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', shown)
    return plain.endswith(wanted) or plain.endswith(wanted.rstrip())


def wait_for(wanted, seconds=60):
    shown = ''
    end = time.time() + seconds
    while time.time() < end and (wanted is None or not is_there(shown, wanted)):
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
