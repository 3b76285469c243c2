// From pieces in members' order to facts in the order of days, and the keys that follow from it.
#include "demo_chain.h"
#include <stdlib.h>

typedef void (*FactKey)(const void *facts, size_t i, int32_t *day, uint32_t *second);

static void receipt_key(const void *facts, size_t i, int32_t *day, uint32_t *second) {
  const DemoReceipt *receipt = (const DemoReceipt *)facts + i;
  *day = receipt->day;
  *second = receipt->second;
}
static void ledger_key(const void *facts, size_t i, int32_t *day, uint32_t *second) {
  const LedgerEntry *entry = (const LedgerEntry *)facts + i;
  *day = entry->day;
  *second = entry->second;
}
static void contact_key(const void *facts, size_t i, int32_t *day, uint32_t *second) {
  const Contact *contact = (const Contact *)facts + i;
  *day = contact->day;
  *second = contact->second;
}

static void flatten_log(Chain *chain, LifeLog *log, size_t receipt_base, size_t ledger_base,
                        size_t contact_base, size_t coupon_base) {
  for (size_t i = 0; i < log->receipt_count; i++) {
    DemoReceipt receipt = log->receipts[i];
    if (receipt.original != RECEIPT_NONE) receipt.original += (uint32_t)receipt_base;
    chain->receipts[receipt_base + i] = receipt;
  }
  for (size_t i = 0; i < log->ledger.count; i++) {
    LedgerEntry entry = log->ledger.entries[i];
    if (entry.receipt != RECEIPT_NONE) entry.receipt += (uint32_t)receipt_base;
    chain->ledger[ledger_base + i] = entry;
  }
  for (size_t i = 0; i < log->coupon_count; i++) {
    CouponRow coupon = log->coupons[i];
    if (coupon.receipt != RECEIPT_NONE) coupon.receipt += (uint32_t)receipt_base;
    chain->coupons[coupon_base + i] = coupon;
  }
  if (log->contact_count)
    memcpy(chain->contacts + contact_base, log->contacts,
           log->contact_count * sizeof *log->contacts);
}

// Each piece is freed as soon as it is copied, so that the facts are hardly ever held twice.
static Status chain_flatten(Chain *chain, Error *error) {
  for (size_t i = 0; i < chain->log_count; i++) {
    chain->receipt_count += chain->logs[i].receipt_count;
    chain->ledger_count += chain->logs[i].ledger.count;
    chain->contact_count += chain->logs[i].contact_count;
    chain->coupon_count += chain->logs[i].coupon_count;
  }
  if (chain->receipt_count >= RECEIPT_NONE || chain->ledger_count >= UINT32_MAX)
    return error_set(error, STATUS_LIMIT,
                     "the chain has more than 4 billion receipts or points entries");
  TRY(chain_charge(
      chain,
      (int64_t)(chain->receipt_count * 12 + chain->ledger_count * 4 + chain->contact_count * 4),
      error));
  chain->receipts = mem_alloc(chain->receipt_count * sizeof *chain->receipts);
  chain->ledger = mem_alloc(chain->ledger_count * sizeof *chain->ledger);
  chain->contacts = mem_alloc(chain->contact_count * sizeof *chain->contacts);
  chain->coupons = mem_alloc(chain->coupon_count * sizeof *chain->coupons);
  size_t receipts = 0, ledger = 0, contacts = 0, coupons = 0;
  for (size_t i = 0; i < chain->log_count; i++) {
    LifeLog *log = &chain->logs[i];
    flatten_log(chain, log, receipts, ledger, contacts, coupons);
    receipts += log->receipt_count;
    ledger += log->ledger.count;
    contacts += log->contact_count;
    coupons += log->coupon_count;
    life_log_clear(log);
  }
  return STATUS_OK;
}

// Counting sort by day; within a day the order is settled by day_order_settle.
static void day_order_init(DayOrder *order, const void *facts, size_t count, FactKey key) {
  int32_t day;
  uint32_t second;
  order->order = mem_alloc(count * sizeof *order->order);
  memset(order->starts, 0, sizeof order->starts);
  for (size_t i = 0; i < count; i++) {
    key(facts, i, &day, &second);
    order->starts[day + 2]++;
  }
  for (size_t b = 1; b <= BUCKET_COUNT; b++) order->starts[b] += order->starts[b - 1];
  size_t next[BUCKET_COUNT];
  memcpy(next, order->starts, sizeof next);
  for (size_t i = 0; i < count; i++) {
    key(facts, i, &day, &second);
    order->order[next[day + 1]++] = (uint32_t)i;
  }
}

static int key_compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

// Orders a day by second, then index.
static void day_order_settle(DayOrder *order, size_t bucket, const void *facts, FactKey key) {
  size_t start = order->starts[bucket], count = order->starts[bucket + 1] - start;
  uint64_t *keys = mem_alloc(count * sizeof *keys);
  for (size_t i = 0; i < count; i++) {
    int32_t day;
    uint32_t second, index = order->order[start + i];
    key(facts, index, &day, &second);
    keys[i] = (uint64_t)second << 32 | index;
  }
  qsort(keys, count, sizeof *keys, key_compare);
  for (size_t i = 0; i < count; i++) order->order[start + i] = (uint32_t)keys[i];
  mem_free(keys);
}

static Status order_bucket(Chain *chain, size_t bucket, void *scratch, ChainCounts *counts,
                           Error *error) {
  (void)scratch, (void)counts, (void)error;
  day_order_settle(&chain->receipt_order, bucket, chain->receipts, receipt_key);
  day_order_settle(&chain->ledger_order, bucket, chain->ledger, ledger_key);
  day_order_settle(&chain->contact_order, bucket, chain->contacts, contact_key);
  const DayOrder *order = &chain->receipt_order;
  int64_t lines = 0;
  for (size_t i = order->starts[bucket]; i < order->starts[bucket + 1]; i++)
    lines += chain->receipts[order->order[i]].line_count;
  chain->bucket_lines[bucket + 1] = lines;
  return STATUS_OK;
}

static Status key_bucket(Chain *chain, size_t bucket, void *scratch, ChainCounts *counts,
                         Error *error) {
  (void)scratch, (void)counts, (void)error;
  const DayOrder *order = &chain->receipt_order;
  uint32_t line = (uint32_t)chain->bucket_lines[bucket] + 1;
  for (size_t i = order->starts[bucket]; i < order->starts[bucket + 1]; i++) {
    uint32_t index = order->order[i];
    chain->receipt_keys[index] = (uint32_t)i + 1;
    chain->first_lines[index] = line;
    line += chain->receipts[index].line_count;
  }
  return STATUS_OK;
}

Status chain_order(Chain *chain, Error *error) {
  TRY(chain_flatten(chain, error));
  day_order_init(&chain->receipt_order, chain->receipts, chain->receipt_count, receipt_key);
  day_order_init(&chain->ledger_order, chain->ledger, chain->ledger_count, ledger_key);
  day_order_init(&chain->contact_order, chain->contacts, chain->contact_count, contact_key);
  TRY(chain_run(chain, "order", BUCKET_COUNT, 0, order_bucket, error));
  for (size_t b = 0; b < BUCKET_COUNT; b++) chain->bucket_lines[b + 1] += chain->bucket_lines[b];
  if (chain->bucket_lines[BUCKET_COUNT] >= UINT32_MAX)
    return error_set(error, STATUS_LIMIT, "the chain has more than 4 billion sale lines");
  chain->receipt_keys = mem_alloc(chain->receipt_count * sizeof *chain->receipt_keys);
  chain->first_lines = mem_alloc(chain->receipt_count * sizeof *chain->first_lines);
  return chain_run(chain, "keys", BUCKET_COUNT, 0, key_bucket, error);
}
