// SIGINT and SIGTERM: cancel the job under way, or wake who waits for the end.
#pragma once
#include "job.h"

// From now on the signals cancel `job` (NULL: none) and are remembered. A second signal ends the
// process at once. Calling it again changes the job; the job must outlive its turn.
void cli_signal_watch(Job *job);
// The signal that came (0: none yet).
int cli_signal_received(void);
// As if none had come: an interrupt that has cancelled its job is done with.
void cli_signal_forget(void);
// Blocks until a signal comes, or came already.
void cli_signal_wait(void);
