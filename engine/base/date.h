// Calendar, time stamps and time zones, proleptic Gregorian.
//
// A date is days since 1970-01-01, a time stamp microseconds since 1970-01-01 00:00, local or UTC.
// Time zones are read from TZif files (RFC 8536) by this file itself, since the C library's zone is
// global to the process. Range: years 1 to 9999.
#pragma once
#include "status.h"

#define USEC_PER_SECOND INT64_C(1000000)
#define USEC_PER_DAY (INT64_C(86400) * USEC_PER_SECOND)
#define DATE_MIN (-719162) // 0001-01-01
#define DATE_MAX 2932896   // 9999-12-31

typedef struct CivilDate {
  int32_t year, month, day; // month 1..12, day 1..31
} CivilDate;

int32_t date_from_civil(int32_t year, int32_t month, int32_t day); // valid input only
CivilDate date_to_civil(int32_t date);
bool date_civil_valid(int32_t year, int32_t month, int32_t day);
int32_t date_weekday(int32_t date);  // 1 Monday .. 7 Sunday (ISO 8601)
int32_t date_iso_week(int32_t date, int32_t *iso_year); // 1..53
// Adds months, keeping the day where the month has it, else its last day.
int32_t date_add_months(int32_t date, int32_t months);

// Floor division into days, and the microseconds within the day (0 .. USEC_PER_DAY-1).
int32_t timestamp_date(int64_t timestamp);
int64_t timestamp_time_of_day(int64_t timestamp);

typedef enum DateOrder { DATE_YMD, DATE_DMY, DATE_MDY } DateOrder;

// Strict parsers of the whole text; false when it is not one. Dates: 2025-12-31 (YMD; '-', '/' or
// '.'), 31.12.2025 (DMY), 12/31/2025 (MDY); years of 4 digits. Time stamps: date, blank or 'T',
// HH:MM[:SS[.ffffff]], or a date alone (midnight). Zoned ones may end in Z, +HH, +HH:MM, +HHMM.
bool date_parse(const char *text, size_t size, DateOrder order, int32_t *date);
// *offset_s: seconds east of UTC when the text names one (*has_offset), else 0.
bool timestamp_parse(const char *text, size_t size, DateOrder order, int64_t *timestamp,
                     bool *has_offset, int32_t *offset_s);

#define DATE_TEXT_BYTES 16
#define TIMESTAMP_TEXT_BYTES 40
size_t date_format(int32_t date, char *out);             // 2025-12-31; returns the length
size_t timestamp_format(int64_t timestamp, char *out);   // 2025-12-31 23:59:59[.ffffff]
size_t timestamptz_format(int64_t timestamp, char *out); // the same, UTC, ending in +00

typedef struct TimeZone TimeZone;
// Loads a zone ("Europe/Moscow", "UTC") from the system's zoneinfo; cached for the life of the
// process, thread-safe. STATUS_NOT_FOUND names the nearest reason.
Status time_zone_find(const char *name, const TimeZone **zone, Error *error) WARN_UNUSED;
const char *time_zone_name(const TimeZone *zone);
// Seconds east of UTC at that UTC moment.
int32_t time_zone_offset_at(const TimeZone *zone, int64_t utc_timestamp);
int64_t time_zone_to_local(const TimeZone *zone, int64_t utc_timestamp);

typedef enum LocalTimeKind { LOCAL_UNIQUE, LOCAL_DOUBLED, LOCAL_MISSING } LocalTimeKind;
// Local to UTC. Doubled local times take the first; missing ones shift forward by the gap; *kind
// (may be NULL) says which it was.
int64_t time_zone_to_utc(const TimeZone *zone, int64_t local_timestamp, LocalTimeKind *kind);
