// One run: the world, what the members lived, and the order in which it is written.
//
//     world -> lives (members, cardless shops; in parallel) -> one array a fact, ordered by day
//           -> keys given in that order -> days written (in parallel) -> truth
//
// Invariant: every key and every byte follows from the order by (day, second, index), and indexes
// from the numbers of the pieces of work, never from who did them.
#pragma once
#include "demo_cardless.h"
#include "demo_output.h"
#include "demo_text.h"
#include "thread_pool.h"

// Facts by day: order[starts[b] .. starts[b + 1]) are the indexes of bucket b = day + 1.
enum { BUCKET_COUNT = DAY_COUNT + 1 };
typedef struct DayOrder {
  uint32_t *order;
  size_t starts[BUCKET_COUNT + 1];
} DayOrder;

// What is known of a planted action at the end. Squares are of kopecks.
typedef struct EffectArm {
  int64_t assigned, buyers, sales, margin;
  int64_t focus[2];
  __int128 sales_squares, margin_squares, focus_squares[2];
} EffectArm;
void effect_arm_add(EffectArm *to, const EffectArm *from);
typedef struct EffectTruth {
  EffectArm arms[2][WINDOW_COUNT][ARM_COUNT]; // by segment (demo_lives.c), window, arm
  Tally gain[2][WINDOW_COUNT][ARM_COUNT];     // with the action less without
  int64_t gained_buyers[2][WINDOW_COUNT][ARM_COUNT];
} EffectTruth;

// Counted from the receipts as they are written, and from the members.
enum { PAIR_COUNT_MAX = 12 };
typedef struct ChainCounts {
  int64_t receipts, card_receipts, sale_receipts, goods_receipts, goods_lines, lines, return_lines,
      online_receipts;
  int64_t region_sales[YEAR_COUNT][REGION_COUNT], region_receipts[YEAR_COUNT][REGION_COUNT];
  int64_t subcategory_receipts[SUB_COUNT], pair_receipts[PAIR_COUNT_MAX];
  int64_t points[5][YEAR_COUNT], points_opening; // by kind
  int64_t late_receipts, late_lines;
  int64_t missing_store_before[4]; // receipts on the same weekday of the four weeks before
  int64_t members, buyers, one_time_buyers, inferred, merged, churned, contacts, ledger_rows;
  int64_t competitor_lost, fraud_receipts, source_members[4], source_early_sales[4];
  int64_t boots_cohort, boots_next, boots_after_two; // bought in 2023; of them 2024; of them 2025
  EffectTruth effects[EFFECT_COUNT_MAX];
} ChainCounts;

typedef struct Chain {
  DemoWorld world;
  DayTexts days;
  DemoOutput output;
  Job *job;
  ThreadPool *pool;
  LifeLog *logs; // a piece of work each
  size_t log_count;
  // facts, flat
  DemoReceipt *receipts;
  LedgerEntry *ledger;
  Contact *contacts;
  CouponRow *coupons;
  size_t receipt_count, ledger_count, contact_count, coupon_count;
  DayOrder receipt_order, ledger_order, contact_order;
  uint32_t *receipt_keys, *first_lines;   // by receipt index
  int64_t bucket_lines[BUCKET_COUNT + 1]; // lines before each bucket
  ChainCounts counts;
  _Atomic int64_t charged_bytes;
  pthread_mutex_t lock; // of counts
} Chain;

// A piece of work of a phase; `scratch` is the worker's own.
typedef Status (*ChainTask)(Chain *chain, size_t number, void *scratch, ChainCounts *counts,
                            Error *error);
// Runs task for 0 .. count-1 over all threads, with scratch_bytes of zeroed memory and counts a
// worker, adding the counts up. `weigh` (may be NULL) gives the lines done for the progress.
Status chain_run(Chain *chain, const char *phase, size_t count, size_t scratch_bytes,
                 ChainTask task, Error *error) WARN_UNUSED;
Status chain_charge(Chain *chain, int64_t bytes, Error *error) WARN_UNUSED;

// demo_lives.c: all members and shops; writes the tables that have a row a member.
Status chain_live(Chain *chain, Error *error) WARN_UNUSED;
// demo_order.c: flattens the logs, orders the facts, gives the keys.
Status chain_order(Chain *chain, Error *error) WARN_UNUSED;
// demo_facts.c: receipts, lines, discounts, points, contacts, day by day; coupons.
Status chain_write_facts(Chain *chain, Error *error) WARN_UNUSED;
// demo_dimensions.c: the small tables.
Status chain_write_dimensions(Chain *chain, Error *error) WARN_UNUSED;
// demo_truth.c
Status chain_write_truth(Chain *chain, Error *error) WARN_UNUSED;

// The pairs whose receipts are counted: affinities, then the substitutes, then the popular pair.
uint32_t chain_pair(uint32_t pair, uint8_t *a, uint8_t *b); // returns the number of pairs
// Whether a receipt arrives in the late batch.
static inline bool chain_receipt_late(const DemoWorld *world, const DemoReceipt *receipt) {
  return receipt->store == world->late_store && receipt->day >= world->late_first_day &&
         receipt->day <= world->late_last_day && random_key(receipt->seed, 'L') % 4 == 0;
}
