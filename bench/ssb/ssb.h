// The Star Schema Benchmark's data: five tables at a scale factor, reproducible from a seed.
//
// Sources: O'Neil, O'Neil, Chen, "Star Schema Benchmark", revision 3 (2009), and the value rules of
// its published generator (ssb-dbgen), which takes its word lists from TPC-H. The random numbers
// are our own: a row depends on (seed, table, row number) alone, so any row can be made at any time
// by any thread, and the same seed gives the same bytes whatever the thread count.
//
// Kept from dbgen, since published results rest on it: order dates end on 1998-08-02, so that
// every commit date is in the date table; that table has 2,556 days (to 1998-12-30); customers
// whose key is a multiple of 3 never order; order keys are sparse (8 of every 32); the week number
// is day/7+1. Not kept, being plain faults: misspelt months, weekdays off by one, an inverted
// last-day-in-month flag, and line orders that reach only a part of the parts (natural logarithm
// for base 2).
#pragma once
#include "status.h"

#define SSB_DATE_COUNT 2556
#define SSB_ORDER_DAYS 2406 // days on which orders are placed: 1992-01-01 .. 1998-08-02
#define SSB_LINES_MAX 7
#define SSB_NATION_COUNT 25
#define SSB_REGION_COUNT 5
#define SSB_SCALE_MAX 1000.0
#define SSB_SEED_DEFAULT 1
#define SSB_GENERATOR_VERSION 1 // raised, as in data.mjs, when a seed gives other bytes

// Rows of each table at a scale; line orders are random, 1 to 7 an order.
typedef struct SsbSizes {
  uint32_t customer_count, supplier_count, part_count, date_count;
  uint64_t order_count;
} SsbSizes;

// What every row is made from. Read-only after ssb_spec_init; threads share it.
typedef struct SsbSpec {
  double scale;
  uint64_t seed;
  SsbSizes sizes;
  uint32_t date_keys[SSB_DATE_COUNT]; // yyyymmdd by day number
} SsbSpec;

// Fails with STATUS_INVALID unless 0 < scale <= SSB_SCALE_MAX. Below 1 every table but date shrinks
// in proportion (at least one row); from 1 on, parts grow as 1 + floor(log2(scale)).
Status ssb_spec_init(SsbSpec *spec, double scale, uint64_t seed, Error *error) WARN_UNUSED;

typedef struct SsbPlace {
  uint8_t nation; // 0 .. SSB_NATION_COUNT-1
  uint8_t city;   // 0..9 within the nation
} SsbPlace;

typedef struct SsbCustomer {
  uint32_t key; // 1 .. customer_count
  SsbPlace place;
  uint8_t segment; // 0..4
  char address[32], phone[16];
} SsbCustomer;

typedef struct SsbSupplier {
  uint32_t key; // 1 .. supplier_count
  SsbPlace place;
  char address[32], phone[16];
} SsbSupplier;

typedef struct SsbPart {
  uint32_t key;           // 1 .. part_count
  uint8_t mfgr, category; // 1..5 each: MFGR#12 is mfgr 1, category 2
  uint8_t brand;          // 1..40 within the category
  uint8_t name[2], color; // three different colours, 0..91
  uint8_t type[3];        // 0..5, 0..4, 0..4
  uint8_t size;           // 1..50
  uint8_t container[2];   // 0..4, 0..7
} SsbPart;

typedef struct SsbDate {
  uint32_t key; // yyyymmdd
  int32_t year, month, day;
  int32_t day_in_week;  // 1 Sunday .. 7 Saturday
  int32_t day_in_year;  // 1..366
  int32_t week_in_year; // 1..53
  bool last_in_week, last_in_month, holiday, weekday;
} SsbDate;

// Money in cents.
typedef struct SsbLine {
  uint32_t part_key, supplier_key;
  uint32_t quantity; // 1..50
  uint32_t extended_price, revenue, supply_cost;
  uint32_t commit_date;            // yyyymmdd
  uint8_t discount, tax, shipmode; // 0..10 %, 0..8 %, 0..6
} SsbLine;

typedef struct SsbOrder {
  uint64_t key;
  uint32_t customer_key;
  uint32_t day; // 0 .. SSB_ORDER_DAYS-1, from 1992-01-01
  uint32_t total_price;
  uint8_t priority;   // 0..4
  uint8_t line_count; // 1 .. SSB_LINES_MAX
  SsbLine lines[SSB_LINES_MAX];
} SsbOrder;

// One row; keys from 1, order numbers and days from 0. Pure: safe from any thread.
void ssb_customer_make(const SsbSpec *spec, uint32_t key, SsbCustomer *customer);
void ssb_supplier_make(const SsbSpec *spec, uint32_t key, SsbSupplier *supplier);
void ssb_part_make(const SsbSpec *spec, uint32_t key, SsbPart *part);
void ssb_date_make(uint32_t day, SsbDate *date);
void ssb_order_make(const SsbSpec *spec, uint64_t order, SsbOrder *made);

typedef struct SsbSummary {
  uint64_t customer_rows, supplier_rows, part_rows, date_rows, lineorder_rows;
  uint64_t bytes; // of all files
  int64_t time_ns;
} SsbSummary;

// Writes customer.csv, supplier.csv, part.csv, date.csv and lineorder.csv (header line, commas, RFC
// 4180 quotes where needed, LF) into `folder`, made if missing, and at last ssb.json, which says
// what the folder holds. lineorder.csv is sorted by order key and line number. Each file is
// complete or absent: it is written as NAME.part and renamed. STATUS_IO names the file.
Status ssb_write(const SsbSpec *spec, const char *folder, uint32_t thread_count,
                 SsbSummary *summary, Error *error) WARN_UNUSED;
