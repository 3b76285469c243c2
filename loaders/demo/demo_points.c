#include "demo_points.h"
#include <assert.h>
#include <string.h>

void points_account_init(PointsAccount *account, uint32_t customer, LedgerVector *ledger) {
  account->customer = customer;
  account->first = account->count = 0;
  account->lots_made = 0;
  account->debt = 0;
  account->ledger = ledger;
}

static void points_note(PointsAccount *account, LedgerEntry entry) {
  LedgerVector *ledger = account->ledger;
  if (!ledger) return;
  if (ledger->count == ledger->capacity) {
    ledger->capacity = ledger->capacity ? ledger->capacity * 2 : 1024;
    ledger->entries = mem_realloc(ledger->entries, ledger->capacity * sizeof *ledger->entries);
  }
  entry.customer = account->customer;
  ledger->entries[ledger->count++] = entry;
}

static PointsLot *points_add_lot(PointsAccount *account, int32_t amount, int32_t active_from,
                                 int32_t expires) {
  if (account->first + account->count == LOTS_MAX) {
    memmove(account->lots, account->lots + account->first,
            account->count * sizeof account->lots[0]);
    account->first = 0;
    assert(account->count < LOTS_MAX);
  }
  PointsLot *lot = &account->lots[account->first + account->count++];
  *lot = (PointsLot){amount, active_from, expires, ++account->lots_made};
  return lot;
}

uint16_t points_account_earn(PointsAccount *account, PointsKind kind, PointsReason reason,
                             int32_t day, uint32_t second, uint32_t receipt, int32_t amount) {
  PointsLot *lot =
      points_add_lot(account, amount, day + POINTS_PENDING_DAYS, day + POINTS_LIFE_DAYS);
  points_note(account, (LedgerEntry){.receipt = receipt,
                                     .amount = amount,
                                     .second = second,
                                     .kind = kind,
                                     .reason = reason,
                                     .lot = lot->lot,
                                     .day = (int16_t)day,
                                     .active_from = (int16_t)lot->active_from,
                                     .expires = (int16_t)lot->expires});
  return lot->lot;
}

void points_account_open(PointsAccount *account, int32_t amount, int32_t expires) {
  PointsLot *lot = points_add_lot(account, amount, -1, expires);
  points_note(account, (LedgerEntry){.receipt = RECEIPT_NONE,
                                     .amount = amount,
                                     .second = 86399,
                                     .kind = POINTS_ACCRUAL,
                                     .reason = REASON_OPENING,
                                     .lot = lot->lot,
                                     .day = -1,
                                     .active_from = -1,
                                     .expires = (int16_t)expires});
}

int32_t points_account_spendable(const PointsAccount *account, int32_t day) {
  int32_t sum = -account->debt;
  for (uint32_t i = 0; i < account->count; i++) {
    const PointsLot *lot = &account->lots[account->first + i];
    if (lot->active_from > day) break;
    sum += lot->left;
  }
  return sum < 0 ? 0 : sum;
}

void points_account_spend(PointsAccount *account, int32_t day, uint32_t second, uint32_t receipt,
                          int32_t amount) {
  for (uint32_t i = account->first; amount > 0; i++) {
    PointsLot *lot = &account->lots[i];
    int32_t taken = lot->left < amount ? lot->left : amount;
    if (taken == 0) continue;
    lot->left -= taken;
    amount -= taken;
    points_note(account, (LedgerEntry){.receipt = receipt,
                                       .amount = -taken,
                                       .second = second,
                                       .kind = POINTS_REDEMPTION,
                                       .lot = lot->lot,
                                       .day = (int16_t)day,
                                       .active_from = DAY_NEVER,
                                       .expires = DAY_NEVER});
  }
}

void points_account_reverse(PointsAccount *account, int32_t day, uint32_t second, uint32_t receipt,
                            uint16_t lot, int32_t amount) {
  int32_t owed = amount;
  for (uint32_t i = 0; i < account->count; i++) {
    PointsLot *held = &account->lots[account->first + i];
    if (held->lot != lot) continue;
    int32_t taken = held->left < owed ? held->left : owed;
    held->left -= taken;
    owed -= taken;
  }
  account->debt += owed;
  points_note(account, (LedgerEntry){.receipt = receipt,
                                     .amount = -amount,
                                     .second = second,
                                     .kind = POINTS_REVERSAL,
                                     .reason = REASON_RETURN,
                                     .lot = lot,
                                     .day = (int16_t)day,
                                     .active_from = DAY_NEVER,
                                     .expires = DAY_NEVER});
}

void points_account_expire(PointsAccount *account, int32_t day) {
  while (account->count && account->lots[account->first].expires <= day) {
    PointsLot *lot = &account->lots[account->first];
    account->first++;
    account->count--;
    // What is owed is paid from what would expire.
    int32_t kept = lot->left < account->debt ? lot->left : account->debt;
    account->debt -= kept;
    if (lot->left - kept <= 0) continue;
    points_note(account, (LedgerEntry){.receipt = RECEIPT_NONE,
                                       .amount = -(lot->left - kept),
                                       .kind = POINTS_EXPIRY,
                                       .lot = lot->lot,
                                       .day = (int16_t)lot->expires,
                                       .active_from = DAY_NEVER,
                                       .expires = DAY_NEVER});
  }
}
