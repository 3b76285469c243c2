// Time zones from TZif files (RFC 8536), independent of the C library's process-wide zone.
//
// A zone becomes one sorted table of moments at which its offset changes:
//
//   before[0]  change[0].at  offset  change[1].at  offset ...   last file change | rule years
//
// What the file lists comes first; the footer's rule (a POSIX TZ string) is then unrolled for 402
// years, and later moments are folded back by 400 years: the Gregorian calendar, weekdays included,
// repeats after 146,097 days. So every look-up is one binary search.
// Invariant: change[].at ascends strictly; offset seconds are east of UTC. Zones live for ever in a
// list under a mutex and are read-only once listed.
#include "date.h"
#include "memory.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_FILE_BYTES_MAX (1 << 20)
#define CYCLE_SECONDS (INT64_C(146097) * 86400)
#define RULE_YEARS 402
#define LOCAL_WINDOW_SECONDS (26 * 3600) // no zone is further from UTC, nor a change larger
#define OFFSET_LIMIT_SECONDS (26 * 3600)
#define CHANGE_SECONDS_MIN (-(INT64_C(1) << 60)) // some files start with the Big Bang, -2^59
#define CHANGE_SECONDS_MAX INT64_C(253402300800) // the year 10000

typedef struct ZoneChange {
  int64_t at_s; // UTC seconds since 1970
  int32_t offset_s;
} ZoneChange;

struct TimeZone {
  struct TimeZone *next;
  char *name;
  ZoneChange *changes;
  size_t change_count;
  int32_t first_offset_s; // before the first change
  int64_t fold_from_s;    // moments from here on are folded back; INT64_MAX: never
};

// --- The footer: std offset [dst [offset] , start [/time] , end [/time]] ---

typedef struct ZoneRuleDay {
  char kind; // 'M' month.week.weekday, 'J' 1..365 without 29 February, '0' 0..365
  int32_t month, week, weekday, day; // weekday 0 Sunday
  int32_t time_s;
} ZoneRuleDay;

typedef struct ZoneRule {
  bool has_dst;
  int32_t standard_s, dst_s;
  ZoneRuleDay start, end;
} ZoneRule;

static bool rule_name(const char **p) {
  const char *s = *p;
  if (*s == '<') {
    while (*s && *s != '>') s++;
    if (!*s) return false;
    *p = s + 1;
    return true;
  }
  while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z')) s++;
  bool named = s - *p >= 3;
  *p = s;
  return named;
}

static bool rule_number(const char **p, int32_t least, int32_t most, int32_t *value) {
  const char *s = *p;
  int32_t v = 0;
  for (; *s >= '0' && *s <= '9' && s - *p < 4; s++) v = v * 10 + (*s - '0');
  bool good = s > *p && v >= least && v <= most;
  *p = s;
  *value = v;
  return good;
}

// [+-]hh[:mm[:ss]] in seconds
static bool rule_time(const char **p, int32_t *seconds) {
  bool negative = **p == '-';
  if (**p == '-' || **p == '+') ++*p;
  int32_t part[3] = {0};
  if (!rule_number(p, 0, 167, &part[0])) return false;
  for (int i = 1; i < 3 && **p == ':'; i++) {
    ++*p;
    if (!rule_number(p, 0, 59, &part[i])) return false;
  }
  *seconds = part[0] * 3600 + part[1] * 60 + part[2];
  if (negative) *seconds = -*seconds;
  return true;
}

static bool rule_day(const char **p, ZoneRuleDay *day) {
  *day = (ZoneRuleDay){.kind = '0', .time_s = 7200};
  if (*(*p)++ != ',') return false;
  if (**p == 'M') {
    day->kind = *(*p)++;
    if (!rule_number(p, 1, 12, &day->month) || *(*p)++ != '.') return false;
    if (!rule_number(p, 1, 5, &day->week) || *(*p)++ != '.') return false;
    if (!rule_number(p, 0, 6, &day->weekday)) return false;
  } else {
    if (**p == 'J') day->kind = *(*p)++;
    if (!rule_number(p, day->kind == 'J', 365, &day->day)) return false;
  }
  if (**p != '/') return true;
  ++*p;
  return rule_time(p, &day->time_s);
}

static bool rule_parse(const char *text, ZoneRule *rule) {
  const char *p = text;
  int32_t west;
  *rule = (ZoneRule){0};
  if (!rule_name(&p) || !rule_time(&p, &west)) return false;
  rule->standard_s = -west;
  if (!*p) return true;
  rule->has_dst = true;
  rule->dst_s = rule->standard_s + 3600;
  if (!rule_name(&p)) return false;
  if (*p != ',') {
    if (!rule_time(&p, &west)) return false;
    rule->dst_s = -west;
  }
  return rule_day(&p, &rule->start) && rule_day(&p, &rule->end) && !*p;
}

// The local second (as if UTC) at which the rule's day and time fall in `year`.
static int64_t rule_day_at(const ZoneRuleDay *rule, int32_t year) {
  int32_t date;
  if (rule->kind == 'M') {
    int32_t first = date_from_civil(year, rule->month, 1);
    int32_t next = rule->month == 12 ? date_from_civil(year + 1, 1, 1)
                                     : date_from_civil(year, rule->month + 1, 1);
    int32_t weekday = date_weekday(first) % 7; // 0 Sunday
    date = first + (rule->weekday - weekday + 7) % 7 + 7 * (rule->week - 1);
    if (date >= next) date -= 7;
  } else {
    int32_t january = date_from_civil(year, 1, 1);
    bool leap = date_from_civil(year, 3, 1) - january == 60;
    date = january + rule->day;
    if (rule->kind == 'J') date += (leap && rule->day >= 60) - 1;
  }
  return (int64_t)date * 86400 + rule->time_s;
}

// --- The table ---

// Adds a change; one at the moment of the last change replaces it, an earlier one is ignored.
static void zone_add_change(TimeZone *zone, int64_t at_s, int32_t offset_s) {
  size_t n = zone->change_count;
  if (n && zone->changes[n - 1].at_s > at_s) return;
  if (n && zone->changes[n - 1].at_s == at_s) n--;
  zone->changes[n] = (ZoneChange){at_s, offset_s};
  zone->change_count = n + 1;
}

static int32_t seconds_year(int64_t seconds) {
  int64_t days = seconds / 86400 - (seconds % 86400 < 0);
  return date_to_civil((int32_t)days).year;
}

// Unrolls the rule behind the file's last change. `changes` has room for 2 * RULE_YEARS more.
static void zone_add_rule(TimeZone *zone, const ZoneRule *rule) {
  int64_t last_s = zone->change_count ? zone->changes[zone->change_count - 1].at_s : 0;
  if (!rule->has_dst) {
    if (!zone->change_count) zone->first_offset_s = rule->standard_s;
    return;
  }
  int32_t year = last_s < DATE_MIN * INT64_C(86400) ? 1 : seconds_year(last_s);
  for (int32_t y = year; y < year + RULE_YEARS; y++) {
    int64_t start = rule_day_at(&rule->start, y) - rule->standard_s;
    int64_t end = rule_day_at(&rule->end, y) - rule->dst_s;
    bool south = end < start;
    ZoneChange first =
        south ? (ZoneChange){end, rule->standard_s} : (ZoneChange){start, rule->dst_s};
    ZoneChange second =
        south ? (ZoneChange){start, rule->dst_s} : (ZoneChange){end, rule->standard_s};
    if (first.at_s > last_s) zone_add_change(zone, first.at_s, first.offset_s);
    if (second.at_s > last_s) zone_add_change(zone, second.at_s, second.offset_s);
  }
  zone->fold_from_s = (int64_t)date_from_civil(year + RULE_YEARS - 1, 7, 1) * 86400;
}

// The stretch of constant offset around a moment: from_s <= utc_s < until_s.
typedef struct ZoneSpan {
  int64_t from_s, until_s;
  int32_t offset_s;
} ZoneSpan;

static ZoneSpan zone_span(const TimeZone *zone, int64_t utc_s) {
  int64_t folded_s = 0;
  if (utc_s >= zone->fold_from_s) {
    folded_s = ((utc_s - zone->fold_from_s) / CYCLE_SECONDS + 1) * CYCLE_SECONDS;
    utc_s -= folded_s;
  }
  size_t low = 0, count = zone->change_count; // changes at or before utc_s
  while (count) {
    size_t half = count / 2;
    bool before = zone->changes[low + half].at_s <= utc_s;
    low = before ? low + half + 1 : low;
    count = before ? count - half - 1 : half;
  }
  ZoneSpan span = {.from_s = INT64_MIN, .until_s = INT64_MAX, .offset_s = zone->first_offset_s};
  if (low) {
    span.from_s = zone->changes[low - 1].at_s + folded_s;
    span.offset_s = zone->changes[low - 1].offset_s;
  }
  if (low < zone->change_count) span.until_s = zone->changes[low].at_s + folded_s;
  return span;
}

static int64_t floor_seconds(int64_t timestamp) {
  return timestamp / USEC_PER_SECOND - (timestamp % USEC_PER_SECOND < 0);
}

int32_t time_zone_offset_at(const TimeZone *zone, int64_t utc_timestamp) {
  return zone_span(zone, floor_seconds(utc_timestamp)).offset_s;
}

int64_t time_zone_to_local(const TimeZone *zone, int64_t utc_timestamp) {
  return utc_timestamp + time_zone_offset_at(zone, utc_timestamp) * USEC_PER_SECOND;
}

// Far from any change, which is nearly always: one look-up.
static bool local_is_plain(const TimeZone *zone, int64_t local_s, int32_t *offset_s) {
  ZoneSpan span = zone_span(zone, local_s);
  *offset_s = span.offset_s;
  return (span.from_s == INT64_MIN || local_s - span.from_s > LOCAL_WINDOW_SECONDS) &&
         (span.until_s == INT64_MAX || span.until_s - local_s > LOCAL_WINDOW_SECONDS);
}

// Walks the spans around the local second and sees in which of them it occurs: the first or, if
// `later`, the last of them gives the offset.
static LocalTimeKind local_search(const TimeZone *zone, int64_t local_s, bool later,
                                  int32_t *offset_s) {
  ZoneSpan span = zone_span(zone, local_s - LOCAL_WINDOW_SECONDS);
  int found = 0;
  int32_t gap_offset_s = span.offset_s;
  for (;;) {
    int64_t utc_s = local_s - span.offset_s;
    if (utc_s >= span.from_s && utc_s < span.until_s && (found++ == 0 || later))
      *offset_s = span.offset_s;
    if (span.until_s == INT64_MAX || span.until_s > local_s + LOCAL_WINDOW_SECONDS) break;
    ZoneSpan next = zone_span(zone, span.until_s);
    if (utc_s >= span.until_s && local_s - next.offset_s < next.from_s)
      gap_offset_s = span.offset_s;
    span = next;
  }
  if (found) return found == 1 ? LOCAL_UNIQUE : LOCAL_DOUBLED;
  *offset_s = gap_offset_s; // the offset before the gap moves the time forward by the gap
  return LOCAL_MISSING;
}

static int64_t to_utc(const TimeZone *zone, int64_t local_timestamp, bool later,
                      LocalTimeKind *kind) {
  int64_t local_s = floor_seconds(local_timestamp);
  int32_t offset_s;
  *kind = LOCAL_UNIQUE;
  if (!local_is_plain(zone, local_s, &offset_s))
    *kind = local_search(zone, local_s, later, &offset_s);
  return local_timestamp - offset_s * USEC_PER_SECOND;
}

int64_t time_zone_to_utc(const TimeZone *zone, int64_t local_timestamp, LocalTimeKind *kind) {
  LocalTimeKind found;
  int64_t utc = to_utc(zone, local_timestamp, false, &found);
  if (kind) *kind = found;
  return utc;
}

int64_t time_zone_to_utc_later(const TimeZone *zone, int64_t local_timestamp) {
  LocalTimeKind ignored;
  return to_utc(zone, local_timestamp, true, &ignored);
}

const char *time_zone_name(const TimeZone *zone) {
  return zone->name;
}

// --- The file ---

typedef struct ZoneHeader {
  char version;
  uint32_t utc_count, standard_count, leap_count, time_count, type_count, name_bytes;
} ZoneHeader;

#define HEADER_BYTES 44

static int64_t read_big_endian(const unsigned char *p, int bytes) {
  uint64_t v = p[0] & 0x80 ? ~UINT64_C(0) : 0;
  for (int i = 0; i < bytes; i++) v = v << 8 | p[i];
  return (int64_t)v;
}

static bool header_read(const unsigned char *p, size_t size, ZoneHeader *header) {
  if (size < HEADER_BYTES || memcmp(p, "TZif", 4) != 0) return false;
  uint32_t count[6];
  for (int i = 0; i < 6; i++) {
    count[i] = (uint32_t)read_big_endian(p + 20 + 4 * i, 4);
    if (count[i] > ZONE_FILE_BYTES_MAX) return false;
  }
  *header = (ZoneHeader){.version = (char)p[4],
                         .utc_count = count[0],
                         .standard_count = count[1],
                         .leap_count = count[2],
                         .time_count = count[3],
                         .type_count = count[4],
                         .name_bytes = count[5]};
  return header->type_count > 0;
}

static size_t block_bytes(const ZoneHeader *h, size_t time_bytes) {
  return h->time_count * (time_bytes + 1) + h->type_count * (size_t)6 + h->name_bytes +
         h->leap_count * (time_bytes + 4) + h->standard_count + (size_t)h->utc_count;
}

static bool in_range(int64_t value, int64_t least, int64_t most) {
  return value >= least && value <= most;
}

// Reads the block after its header; p has block_bytes of room.
static bool block_read(const unsigned char *p, const ZoneHeader *h, int time_bytes,
                       TimeZone *zone) {
  const unsigned char *indexes = p + (size_t)h->time_count * (size_t)time_bytes;
  const unsigned char *types = indexes + h->time_count;
  if (h->leap_count) return false; // the "right/" zones count leap seconds; POSIX time does not
  zone->changes = mem_alloc((h->time_count + 2 * RULE_YEARS) * sizeof *zone->changes);
  int64_t offset_s = read_big_endian(types, 4);
  if (!in_range(offset_s, -OFFSET_LIMIT_SECONDS, OFFSET_LIMIT_SECONDS)) return false;
  zone->first_offset_s = (int32_t)offset_s;
  for (uint32_t i = 0; i < h->time_count; i++) {
    if (indexes[i] >= h->type_count) return false;
    int64_t at_s = read_big_endian(p + (size_t)i * (size_t)time_bytes, time_bytes);
    offset_s = read_big_endian(types + indexes[i] * 6, 4);
    if (!in_range(offset_s, -OFFSET_LIMIT_SECONDS, OFFSET_LIMIT_SECONDS)) return false;
    if (!in_range(at_s, CHANGE_SECONDS_MIN, CHANGE_SECONDS_MAX)) return false;
    zone_add_change(zone, at_s, (int32_t)offset_s);
  }
  return true;
}

// The footer: a line between two newlines.
static bool footer_read(const unsigned char *p, size_t size, TimeZone *zone) {
  const unsigned char *end = size > 1 && p[0] == '\n' ? memchr(p + 1, '\n', size - 1) : NULL;
  char text[128];
  size_t length = end ? (size_t)(end - p) - 1 : sizeof text;
  if (length >= sizeof text) return false;
  memcpy(text, p + 1, length);
  text[length] = 0;
  ZoneRule rule;
  if (!length) return true; // no rule: the last offset holds for ever
  if (!rule_parse(text, &rule)) return false;
  zone_add_rule(zone, &rule);
  return true;
}

static bool zone_read(const unsigned char *p, size_t size, TimeZone *zone) {
  ZoneHeader header;
  if (!header_read(p, size, &header)) return false;
  size_t block = block_bytes(&header, 4);
  if (block > size - HEADER_BYTES) return false;
  if (header.version == 0) return block_read(p + HEADER_BYTES, &header, 4, zone);
  p += HEADER_BYTES + block; // version 2 and later repeat the data with 64-bit times
  size -= HEADER_BYTES + block;
  if (!header_read(p, size, &header)) return false;
  block = block_bytes(&header, 8);
  if (block > size - HEADER_BYTES) return false;
  return block_read(p + HEADER_BYTES, &header, 8, zone) &&
         footer_read(p + HEADER_BYTES + block, size - HEADER_BYTES - block, zone);
}

// --- Finding ---

static bool zone_name_valid(const char *name) {
  size_t length = strlen(name);
  return length > 0 && length < 100 && name[0] != '/' && !strstr(name, "..") &&
         strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/.") ==
             length;
}

static Status zone_file_read(const char *name, unsigned char **bytes, size_t *size, Error *error) {
  const char *folder = getenv("TZDIR");
  if (!folder || !*folder) folder = "/usr/share/zoneinfo";
  char path[4096];
  int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = length < (int)sizeof path ? fopen(path, "rb") : NULL;
  if (!file)
    return error_set(error, STATUS_NOT_FOUND,
                     "time zone \"%s\" is not known: there is no such file in %s (package tzdata)",
                     name, folder);
  *bytes = mem_alloc(ZONE_FILE_BYTES_MAX);
  *size = fread(*bytes, 1, ZONE_FILE_BYTES_MAX, file);
  bool failed = ferror(file);
  fclose(file);
  if (!failed) return STATUS_OK;
  mem_free(*bytes);
  return error_set(error, STATUS_NOT_FOUND, "time zone \"%s\" is not known: %s is not a zone file",
                   name, path);
}

static TimeZone *zone_create(const char *name) {
  TimeZone *zone = mem_alloc_zero(sizeof *zone);
  zone->name = mem_strdup(name);
  zone->fold_from_s = INT64_MAX;
  return zone;
}

static void zone_destroy(TimeZone *zone) {
  mem_free(zone->changes);
  mem_free(zone->name);
  mem_free(zone);
}

static Status zone_load(const char *name, TimeZone **out, Error *error) {
  TimeZone *zone = zone_create(name);
  *out = zone;
  if (strcmp(name, "UTC") == 0) return STATUS_OK; // needs no file
  unsigned char *bytes;
  size_t size;
  Status status = zone_file_read(name, &bytes, &size, error);
  if (status == STATUS_OK) {
    if (!zone_read(bytes, size, zone))
      status = error_set(error, STATUS_CORRUPT,
                         "time zone \"%s\": its file is damaged or counts leap seconds", name);
    mem_free(bytes);
  }
  if (status != STATUS_OK) zone_destroy(zone);
  return status;
}

static pthread_mutex_t zones_mutex = PTHREAD_MUTEX_INITIALIZER;
static TimeZone *zones; // found so far, newest first

static Status zone_find_locked(const char *name, const TimeZone **out, Error *error) {
  for (const TimeZone *zone = zones; zone; zone = zone->next) {
    if (strcmp(zone->name, name) == 0) {
      *out = zone;
      return STATUS_OK;
    }
  }
  TimeZone *zone;
  TRY(zone_load(name, &zone, error));
  zone->next = zones;
  zones = zone;
  *out = zone;
  return STATUS_OK;
}

Status time_zone_find(const char *name, const TimeZone **zone, Error *error) {
  if (!zone_name_valid(name))
    return error_set(error, STATUS_NOT_FOUND,
                     "\"%.100s\" is not a time zone's name, such as Europe/Moscow or UTC", name);
  pthread_mutex_lock(&zones_mutex);
  Status status = zone_find_locked(name, zone, error);
  pthread_mutex_unlock(&zones_mutex);
  return status;
}
