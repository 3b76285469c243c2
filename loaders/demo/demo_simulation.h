// One member's life, day by day: visits, returns, points, tiers, actions.
//
// Candidate visits come as a Poisson stream at the highest rate that can occur; each carries a
// mark, and is real when the mark lies below today's rate. Today's rate is the product of season,
// region, the member's state and the effects on the member. An effect taken out lowers the bar and
// changes nothing else: the same candidates, marks and baskets, so the two lives differ by the
// effect alone (common random numbers).
#pragma once
#include "demo_member.h"
#include "demo_points.h"

typedef struct Contact { // a message sent, or the moment it would have been for the control arm
  uint32_t customer;
  int16_t day;
  uint16_t campaign;
  uint32_t second : 17, channel : 2, test : 1, sent : 1, delivered : 1, opened : 1, clicked : 1,
      bounced : 1, unsubscribed : 1, complained : 1, step : 4;
} Contact;

typedef struct CouponRow {
  uint32_t customer;
  uint32_t receipt; // index of the redeeming receipt, or RECEIPT_NONE
  uint8_t effect;
} CouponRow;

typedef struct TierRow {
  int32_t from;
  Tier tier;
} TierRow;

// What a life leaves behind, for many members one after another.
typedef struct LifeLog {
  DemoReceipt *receipts;
  size_t receipt_count, receipt_capacity;
  LedgerVector ledger;
  Contact *contacts;
  size_t contact_count, contact_capacity;
  CouponRow *coupons;
  size_t coupon_count, coupon_capacity;
} LifeLog;
void life_log_clear(LifeLog *log);
uint32_t life_log_add_receipt(LifeLog *log, const DemoReceipt *receipt); // returns its index

// Sums over purchases and returns; money in kopecks. A weighed line is one unit.
typedef struct Tally {
  int64_t units, sales, margin, receipts;
  int64_t focus[2]; // sales of the lines that the action is about, and that it draws on
} Tally;
static inline void tally_add(Tally *tally, const Tally *other) {
  tally->units += other->units;
  tally->sales += other->sales;
  tally->margin += other->margin;
  tally->receipts += other->receipts;
  for (int i = 0; i < 2; i++) tally->focus[i] += other->focus[i];
}
enum { WINDOW_DURING, WINDOW_AFTER, WINDOW_COUNT }; // start..end; start..end + EFFECT_AFTER_DAYS

enum { PENDING_MAX = 64, RECENT_MAX = 16, EARLY_DAYS = 180 };
typedef struct Pending { // something already decided that happens on a later day
  int32_t day;
  enum { PENDING_RETURN, PENDING_VISIT, PENDING_GOODWILL, PENDING_FRAUD } kind;
  uint64_t seed;
  DemoReceipt sale; // returns
  uint32_t sale_index;
  uint32_t slot; // returns: line of the sale; boots: season
  uint16_t lot;
  uint8_t mark; // BasketMark of a visit
  bool exchange;
} Pending;

typedef struct Simulation {
  const DemoWorld *world;
  Member member;
  LifeLog *log;     // NULL: a life lived for comparison
  uint32_t acting;  // effects that act on a test member, a bit each
  int32_t last_day; // the life is looked at up to here
  bool arms_given;  // arms are those of the real life, not drawn
  uint8_t arms[EFFECT_COUNT_MAX];
  bool reached[EFFECT_COUNT_MAX];     // by the action
  EffectView views[EFFECT_COUNT_MAX]; // at enrolment
  uint32_t next_effect;
  // state
  PointsAccount points;
  Tier tier;
  TierRow tiers[MONTH_COUNT + 2];
  uint32_t tier_count;
  uint32_t month;
  int64_t month_spend[12];
  int32_t first_purchase, last_purchase, recent[RECENT_MAX];
  uint32_t purchases;
  Pending pending[PENDING_MAX];
  uint32_t pending_count;
  bool coupon_used[EFFECT_COUNT_MAX];
  size_t coupon_rows[EFFECT_COUNT_MAX]; // in log->coupons
  bool boots_bought[BOOTS_SEASONS];
  bool lapsed_at[EFFECT_COUNT_MAX]; // at enrolment
  uint32_t registered_second;
  // results
  Tally total;
  int64_t early_sales; // in the first EARLY_DAYS
  Tally tallies[EFFECT_COUNT_MAX][WINDOW_COUNT];
} Simulation;

// Settles time, till, cashier and channel of a receipt at `store` on `day`. Shared with the
// cardless.
void visit_settle(const DemoWorld *world, uint32_t store, int32_t day, uint32_t day_part,
                  Random *random, DemoReceipt *receipt);
// Lives the life of `customer`. The structure is large: keep one a thread.
void simulation_run(Simulation *simulation, const DemoWorld *world, uint32_t customer,
                    LifeLog *log);
// Lives the life of `real` again with only the effects of `acting`, up to and including last_day.
void simulation_rerun(Simulation *simulation, const Simulation *real, uint32_t acting,
                      int32_t last_day);
