// The bar and the lines.
//
//   read      [##########..............]  41 %  8,400,000 rows  212 MB/s  0:12 left
//
// Reports come from whichever thread works; one that finds another drawing goes on working.
#include "cli_progress.h"
#include "buffer.h"
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 24
#define LOG_INTERVAL_NS INT64_C(10000000000)  // between two lines of a phase
#define PHASE_INTERVAL_NS INT64_C(1000000000) // and before the line of another phase

const char *cli_format_count(uint64_t value, char out[CLI_TEXT_BYTES]) {
  char digits[24];
  int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
  char *at = out;
  for (int i = 0; i < size; i++) {
    if (i && (size - i) % 3 == 0) *at++ = ',';
    *at++ = digits[i];
  }
  *at = 0;
  return out;
}

const char *cli_format_bytes(double bytes, char out[CLI_TEXT_BYTES]) {
  static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  while (bytes >= 1000 && unit < 4) bytes /= 1000, unit++;
  snprintf(out, CLI_TEXT_BYTES, unit && bytes < 100 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
  return out;
}

const char *cli_format_clock(double seconds, char out[CLI_TEXT_BYTES]) {
  long whole = seconds > 359999 ? 359999 : (long)(seconds + 0.5);
  if (whole >= 3600)
    snprintf(out, CLI_TEXT_BYTES, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    snprintf(out, CLI_TEXT_BYTES, "%ld:%02ld", whole / 60, whole % 60);
  return out;
}

static double phase_seconds(const CliProgress *progress) {
  return (double)(clock_now_ns() - progress->phase_start_ns) / 1e9;
}

// "8,400,000 rows  212 MB/s  0:12 left", as far as known.
static void figures_append(const CliProgress *progress, const JobProgress *now, Buffer *line) {
  char text[CLI_TEXT_BYTES];
  double seconds = phase_seconds(progress);
  bool bytes = now->unit && strcmp(now->unit, "bytes") == 0;
  if (now->rows > 0) buffer_printf(line, "  %s rows", cli_format_count((uint64_t)now->rows, text));
  if (seconds > 0.2 && bytes)
    buffer_printf(line, "  %s/s", cli_format_bytes((double)now->done / seconds, text));
  if (seconds > 1 && now->done > 0 && now->total > now->done) {
    double left = seconds * (double)(now->total - now->done) / (double)now->done;
    buffer_printf(line, "  %s left", cli_format_clock(left, text));
  }
}

static void bar_draw(CliProgress *progress, const JobProgress *now) {
  Buffer line;
  buffer_init(&line);
  buffer_printf(&line, "\r\033[K%-10s", now->phase);
  if (now->total > 0) {
    double share = (double)now->done / (double)now->total;
    if (share > 1) share = 1;
    char bar[BAR_WIDTH + 1];
    int full = (int)(share * BAR_WIDTH);
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)full);
    bar[BAR_WIDTH] = 0;
    buffer_printf(&line, " [%s] %3d %%", bar, (int)(share * 100));
  }
  figures_append(progress, now, &line);
  fwrite(line.data, 1, line.size, progress->out);
  fflush(progress->out);
  buffer_clear(&line);
  progress->line_open = true;
}

// Standard error has no buffer: a line is made first and leaves in one write, so that nothing of
// another program stands within it.
static void line_log(CliProgress *progress, const JobProgress *now) {
  Buffer line;
  buffer_init(&line);
  buffer_append_text(&line, now->phase);
  if (now->total > 0)
    buffer_printf(&line, " %d %%", (int)(100 * (double)now->done / (double)now->total));
  figures_append(progress, now, &line);
  buffer_append_char(&line, '\n');
  fwrite(line.data, 1, line.size, progress->out);
  buffer_clear(&line);
}

static int64_t log_interval_ns(const CliProgress *progress, const JobProgress *now) {
  bool same = progress->logged && strcmp(progress->logged, now->phase) == 0;
  return same ? LOG_INTERVAL_NS : PHASE_INTERVAL_NS;
}

static void report(void *context, const JobProgress *now) {
  CliProgress *progress = context;
  if (progress->quiet || pthread_mutex_trylock(&progress->lock) != 0) return;
  bool new_phase = !progress->phase || strcmp(progress->phase, now->phase) != 0;
  int64_t clock = clock_now_ns();
  if (new_phase) {
    progress->phase = now->phase;
    progress->phase_start_ns = clock;
  }
  if (progress->terminal) {
    bar_draw(progress, now);
  } else if (clock - progress->logged_ns >= log_interval_ns(progress, now)) {
    progress->logged_ns = clock;
    progress->logged = now->phase;
    line_log(progress, now);
  }
  pthread_mutex_unlock(&progress->lock);
}

void cli_progress_start(CliProgress *progress, Job *job, bool quiet) {
  *progress = (CliProgress){.out = stderr, .quiet = quiet, .terminal = isatty(STDERR_FILENO) == 1};
  pthread_mutex_init(&progress->lock, NULL);
  progress->phase_start_ns = clock_now_ns();
  job->on_progress = report;
  job->progress_context = progress;
}

static void bar_clear(CliProgress *progress) {
  if (progress->line_open) fputs("\r\033[K", progress->out);
  progress->line_open = false;
}

void cli_progress_end(CliProgress *progress) {
  pthread_mutex_lock(&progress->lock);
  bar_clear(progress);
  fflush(progress->out);
  pthread_mutex_unlock(&progress->lock);
}

void cli_progress_note(CliProgress *progress, const char *format, ...) {
  if (progress->quiet) return;
  pthread_mutex_lock(&progress->lock);
  bar_clear(progress);
  va_list arguments;
  va_start(arguments, format);
  char line[4096];
  vsnprintf(line, sizeof(line) - 1, format, arguments);
  va_end(arguments);
  fputs(strcat(line, "\n"), progress->out);
  pthread_mutex_unlock(&progress->lock);
}
