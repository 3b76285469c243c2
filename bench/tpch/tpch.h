// Data after the TPC-H specification (revision 3), clause 4.2: eight tables at any scale.
//
// Cardinalities, distributions, dependences between columns and the grammar of the texts are the
// specification's. The random numbers are our own: a row depends on (seed, table, row number)
// alone, so any row can be made at any time by any thread, and the same seed gives the same bytes
// whatever the thread count. So answers differ from those that the specification publishes.
#pragma once
#include "status.h"

#define TPCH_LINES_MAX 7
#define TPCH_NATION_COUNT 25
#define TPCH_REGION_COUNT 5
#define TPCH_PART_SUPPLIERS 4
#define TPCH_FIRST_DAY 8035   // 1992-01-01 as days since 1970
#define TPCH_ORDER_DAYS 2406  // days on which orders are placed: 1992-01-01 .. 1998-08-02
#define TPCH_CURRENT_DAY 9298 // 1995-06-17: what is shipped later is open
#define TPCH_SCALE_MAX 1000.0
#define TPCH_SEED_DEFAULT 1
#define TPCH_GENERATOR_VERSION 1 // raised, as in data.mjs, when a seed gives other bytes
#define TPCH_POOL_BYTES (4u << 20)

typedef struct TpchSizes {
  uint32_t supplier_count, part_count, customer_count;
  uint64_t order_count;
} TpchSizes;

// What every row is made from. Read-only once made; threads share it.
typedef struct TpchSpec {
  double scale;
  uint64_t seed;
  TpchSizes sizes;
  uint32_t clerk_count;
  char *pool; // TPCH_POOL_BYTES of text, of which comments are cut
} TpchSpec;

// Fails with STATUS_INVALID unless 0 < scale <= TPCH_SCALE_MAX. Below 1 everything but nations and
// regions shrinks in proportion, to at least 4 suppliers and one of the others.
Status tpch_spec_init(TpchSpec *spec, double scale, uint64_t seed, Error *error) WARN_UNUSED;
void tpch_spec_clear(TpchSpec *spec);

typedef struct TpchText { // a view into the pool
  const char *start;
  uint32_t size;
} TpchText;

typedef struct TpchNation {
  uint32_t key; // 0 .. TPCH_NATION_COUNT-1
  TpchText comment;
} TpchNation;

typedef struct TpchSupplier {
  uint32_t key; // 1 .. supplier_count
  uint8_t nation;
  char address[44], phone[16];
  int32_t balance; // cents
  char comment[104];
} TpchSupplier;

typedef struct TpchPart {
  uint32_t key;        // 1 .. part_count
  uint8_t name[5];     // five different colours
  uint8_t mfgr, brand; // 1..5 each: Brand#12 is mfgr 1, brand 2
  uint8_t type[3];
  uint8_t size; // 1..50
  uint8_t container[2];
  uint32_t price; // cents
  TpchText comment;
} TpchPart;

typedef struct TpchPartSupplier {
  uint32_t part_key, supplier_key;
  uint32_t available; // 1..9999
  uint32_t cost;      // cents
  TpchText comment;
} TpchPartSupplier;

typedef struct TpchCustomer {
  uint32_t key; // 1 .. customer_count
  uint8_t nation, segment;
  char address[44], phone[16];
  int32_t balance; // cents
  TpchText comment;
} TpchCustomer;

typedef struct TpchLine {
  uint32_t part_key, supplier_key;
  uint32_t quantity;       // 1..50
  uint32_t extended_price; // cents
  uint8_t discount, tax;   // per cent
  char return_flag, status;
  int32_t ship_day, commit_day, receipt_day; // since 1970
  uint8_t instruction, mode;
  TpchText comment;
} TpchLine;

typedef struct TpchOrder {
  uint64_t key;
  uint32_t customer_key;
  char status;          // F: all lines are, O: all lines are, else P
  uint64_t total_price; // cents
  int32_t day;
  uint8_t priority;
  uint32_t clerk;
  TpchText comment;
  uint8_t line_count;
  TpchLine lines[TPCH_LINES_MAX];
} TpchOrder;

// One row; keys from 1 (regions, nations and orders from 0). Pure: safe from any thread.
void tpch_region_make(const TpchSpec *spec, uint32_t key, TpchNation *region);
void tpch_nation_make(const TpchSpec *spec, uint32_t key, TpchNation *nation);
void tpch_supplier_make(const TpchSpec *spec, uint32_t key, TpchSupplier *supplier);
void tpch_part_make(const TpchSpec *spec, uint32_t key, TpchPart *part);
// Supplier 0 .. TPCH_PART_SUPPLIERS-1 of a part.
void tpch_part_supplier_make(const TpchSpec *spec, uint32_t part_key, uint32_t number,
                             TpchPartSupplier *made);
void tpch_customer_make(const TpchSpec *spec, uint32_t key, TpchCustomer *customer);
void tpch_order_make(const TpchSpec *spec, uint64_t order, TpchOrder *made);

typedef struct TpchSummary {
  uint64_t region_rows, nation_rows, supplier_rows, part_rows, partsupp_rows, customer_rows,
      orders_rows, lineitem_rows;
  uint64_t bytes; // of all files
  int64_t time_ns;
} TpchSummary;

// Writes region.csv .. lineitem.csv (header line, commas, RFC 4180 quotes where needed, LF) into
// `folder`, made if missing, and at last tpch.json, which says what the folder holds.
Status tpch_write(const TpchSpec *spec, const char *folder, uint32_t thread_count,
                  TpchSummary *summary, Error *error) WARN_UNUSED;
