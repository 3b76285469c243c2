// A member's points: lots in order of expiry, and the ledger that they leave behind.
//
// Points are earned in lots that become spendable after POINTS_PENDING_DAYS and expire after
// POINTS_LIFE_DAYS; spending takes the oldest first. A reversed lot that was already spent leaves a
// debt, which later expiries and spendings respect: a balance may be negative (report 47).
// Invariant: sum of ledger amounts = sum of what lots hold - debt.
#pragma once
#include "demo_basket.h"

enum { POINTS_PENDING_DAYS = 7, POINTS_LIFE_DAYS = 365, LOTS_MAX = 1024, LOTS_PER_MEMBER = 4096 };
typedef enum PointsKind {
  POINTS_ACCRUAL,
  POINTS_REDEMPTION,
  POINTS_EXPIRY,
  POINTS_MANUAL,
  POINTS_REVERSAL
} PointsKind;
typedef enum PointsReason {
  REASON_NONE,
  REASON_OPENING,
  REASON_GOODWILL,
  REASON_RETURN
} PointsReason;

typedef struct LedgerEntry {  // 28 bytes
  uint32_t customer, receipt; // receipt: index, or RECEIPT_NONE
  int32_t amount;
  uint32_t second : 17, kind : 3, reason : 2;
  uint16_t lot;
  int16_t day;                  // -1: the opening, on 2022-12-31
  int16_t active_from, expires; // DAY_NEVER: none
} LedgerEntry;

typedef struct LedgerVector {
  LedgerEntry *entries;
  size_t count, capacity;
} LedgerVector;

typedef struct PointsLot {
  int32_t left, active_from, expires;
  uint16_t lot;
} PointsLot;

typedef struct PointsAccount {
  uint32_t customer;
  uint32_t first, count; // of lots in use
  uint16_t lots_made;
  int32_t debt;
  LedgerVector *ledger; // NULL: kept nowhere
  PointsLot lots[LOTS_MAX];
} PointsAccount;

void points_account_init(PointsAccount *account, uint32_t customer, LedgerVector *ledger);
// Opens a lot of `amount` > 0 points. Returns its number. receipt may be RECEIPT_NONE.
uint16_t points_account_earn(PointsAccount *account, PointsKind kind, PointsReason reason,
                             int32_t day, uint32_t second, uint32_t receipt, int32_t amount);
// Opens the lot brought over from before the data, which expires on day `expires`.
void points_account_open(PointsAccount *account, int32_t amount, int32_t expires);
int32_t points_account_spendable(const PointsAccount *account, int32_t day);
// amount <= points_account_spendable.
void points_account_spend(PointsAccount *account, int32_t day, uint32_t second, uint32_t receipt,
                          int32_t amount);
// Takes back `amount` of the lot that a sale opened.
void points_account_reverse(PointsAccount *account, int32_t day, uint32_t second, uint32_t receipt,
                            uint16_t lot, int32_t amount);
// Expires the lots that end on or before `day`.
void points_account_expire(PointsAccount *account, int32_t day);
