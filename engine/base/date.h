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

// Days to civil dates and back, without branches (Neri and Schneider, "Euclidean affine functions
// and their application to calendar algorithms", 2022): years start in March and are counted from
// 3,670 eras of 400 years before 1 March 0000, so that all is unsigned. Right within 500 million
// days.
#define DATE_ERAS 3670u
#define DATE_EPOCH_DAYS (719468u + 146097u * DATE_ERAS)
static inline int32_t date_from_civil(int32_t year, int32_t month,
                                      int32_t day) { // valid input only
  uint32_t in_january = month <= 2;
  uint32_t y = (uint32_t)year + 400 * DATE_ERAS - in_january, century = y / 100;
  uint32_t m = (uint32_t)month + 12 * in_january;
  uint32_t days = 1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32;
  return (int32_t)(days + (uint32_t)day - 1 - DATE_EPOCH_DAYS);
}
static inline CivilDate date_to_civil(int32_t date) {
  uint32_t quarters = 4 * ((uint32_t)date + DATE_EPOCH_DAYS) + 3;
  uint32_t century = quarters / 146097, century_quarters = quarters % 146097 | 3;
  uint64_t product = UINT64_C(2939745) * century_quarters;
  uint32_t year_day = (uint32_t)product / 2939745 / 4; // 0: 1 March
  uint32_t month_day = 2141 * year_day + 197913;
  uint32_t next_year = year_day >= 306;
  return (CivilDate){
      .year = (int32_t)(100 * century + (uint32_t)(product >> 32) - 400 * DATE_ERAS + next_year),
      .month = (int32_t)((month_day >> 16) - 12 * next_year),
      .day = (int32_t)((month_day & 0xffff) / 2141 + 1)};
}
bool date_civil_valid(int32_t year, int32_t month, int32_t day);
int32_t date_weekday(int32_t date);                     // 1 Monday .. 7 Sunday (ISO 8601)
int32_t date_iso_week(int32_t date, int32_t *iso_year); // 1..53
// Adds months, keeping the day where the month has it, else its last day. The result may lie
// outside of DATE_MIN .. DATE_MAX: the caller checks.
int32_t date_add_months(int32_t date, int32_t months);

// Floor division into days, and the microseconds within the day (0 .. USEC_PER_DAY-1).
int32_t timestamp_date(int64_t timestamp);
int64_t timestamp_time_of_day(int64_t timestamp);

typedef enum DateOrder { DATE_YMD, DATE_DMY, DATE_MDY, DATE_SQL } DateOrder;

// Strict parsers of the whole text; false when it is not one. Dates: 2025-12-31 (YMD; '-', '/' or
// '.'), 31.12.2025 (DMY), 12/31/2025 (MDY); years of 4 digits, months, days and hours of 1 or 2.
// Time stamps: date, blank or 'T', HH:MM[:SS[.ffffff]] (zeros may follow the sixth digit), or a
// date alone (midnight). DATE_SQL takes what a literal of SQL cannot mean otherwise: YMD, 20251231,
// and names of months: Dec 31, 2025, 31 December 2025, 31-Dec-2025. Zoned ones may end in Z, +HH,
// +HH:MM, +HHMM; the time stamp is the local one as written: subtract *offset_s for UTC.
bool date_parse(const char *text, size_t size, DateOrder order, int32_t *date);
// *offset_s: seconds east of UTC when the text names one (*has_offset), else 0.
bool timestamp_parse(const char *text, size_t size, DateOrder order, int64_t *timestamp,
                     bool *has_offset, int32_t *offset_s);

#define DATE_TEXT_BYTES 16
#define TIMESTAMP_TEXT_BYTES 40
size_t date_format(int32_t date, char *out); // 2025-12-31; returns the length
size_t timestamp_format(int64_t timestamp,
                        char *out); // 2025-12-31 23:59:59[.ffffff], no zeros at the end
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
// The same, but doubled local times take the second: standard time, as SQL's AT TIME ZONE has it.
int64_t time_zone_to_utc_later(const TimeZone *zone, int64_t local_timestamp);
