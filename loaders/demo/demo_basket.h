// From a receipt of 32 bytes to its lines.
//
// Lines are never kept: they follow from the receipt alone (its own random stream, its shop, day
// and member), so they are made once while the member is simulated (what is owed, what is earned)
// and once more when written. Money is in kopecks, quantities in thousandths.
#pragma once
#include "demo_world.h"

#define RECEIPT_NONE UINT32_MAX
typedef enum ReceiptKind { RECEIPT_SALE, RECEIPT_RETURN, RECEIPT_EXCHANGE } ReceiptKind;
typedef enum Tier { TIER_BASE, TIER_SILVER, TIER_GOLD, TIER_COUNT } Tier;
extern const uint32_t tier_percent[TIER_COUNT]; // of paid, given back in points

// What makes a sale other than by taste.
typedef enum BasketMark {
  MARK_NONE,
  MARK_BOOTS,     // winter boots first
  MARK_BRAND,     // shampoo is nearly always the brand of article 1
  MARK_HALO,      // coffee more often, and cakes with it
  MARK_TRIAL,     // one pair of sneakers, to be given back
  MARK_WHOLESALE, // hundreds of each
  MARK_RESALE,    // 40 of the first vitamin article
} BasketMark;

typedef struct DemoReceipt {
  uint64_t seed;
  uint32_t customer;     // key, 1 ..; 0: cardless
  uint32_t original;     // index of the sale that is given back, or RECEIPT_NONE
  uint32_t points_spent; // whole points, a rouble each
  int16_t day;
  uint16_t store; // index
  uint32_t second : 17, kind : 2, channel : 3, tier : 2, till : 3, cashier : 3, card : 1;
  uint8_t line_count;    // set by the simulation from the basket
  uint8_t returned_slot; // the line of the original that is given back
  uint8_t coupon;        // 1 + index of the effect whose coupon is used; 0: none
  uint8_t mark;          // BasketMark
} DemoReceipt;
_Static_assert(sizeof(DemoReceipt) == 32, "a year's receipts are held in memory");

typedef struct BasketLine {
  uint32_t product;
  int32_t quantity, list_price;
  int32_t gross; // list price x quantity
  int32_t promo_discount, sum_discount, coupon_discount;
  int32_t paid, vat, cost;
  int32_t points_earned, points_spent;
  uint8_t subcategory, promo_mechanic, promo_funder;
  uint8_t returned_slot; // of the original, or SLOT_NONE
} BasketLine;
enum { SLOT_NONE = 255 };

typedef struct Basket {
  uint32_t count;
  BasketLine lines[LINES_MAX + 4];
  int64_t paid;       // after points
  int64_t goods_paid; // without service items, before points
  int64_t cost, vat;
  int32_t points_earned, points_spent; // signed
} Basket;

// Makes the lines of a sale up to, not including, the points. basket_pay completes it.
void basket_fill(const DemoWorld *world, const DemoReceipt *receipt, Basket *basket);
// Spends receipt->points_spent over the lines and computes paid, VAT, and what is earned.
void basket_pay(const DemoReceipt *receipt, Basket *basket);
// All lines of any receipt; original: the sale given back, NULL for a sale.
void basket_build(const DemoWorld *world, const DemoReceipt *receipt, const DemoReceipt *original,
                  Basket *basket);
// Which line of a complete sale is brought back within two weeks: false for none. Depends on the
// receipt's stream. *delay_days 1 .. 14, *exchange: another article is taken for it.
bool basket_draw_return(const DemoReceipt *receipt, const Basket *basket, uint32_t *slot,
                        int32_t *delay_days, bool *exchange);
// The member's four favourite subcategories.
void basket_favourites(const DemoWorld *world, uint32_t customer, uint8_t favourites[4]);
