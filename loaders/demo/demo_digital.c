#include "demo_digital.h"

enum { EVENTS_PER_RECEIPT = 16, FAILED_ORDERS_FROM = 900000000 };

typedef struct Session { // what the events of a session share
  const Chain *chain;
  Buffer *text;
  uint64_t visitor, number, next_event;
  uint32_t customer, channel, way;
  int32_t day, second;
} Session;

static const char *const way_names[5] = {"direct,none", "yandex,organic", "yandex,cpc", "vk,social",
                                         "newsletter,email"};

char *put_order_no(char *out, uint32_t receipt_key) {
  return put_unsigned(put_char(out, 'W'), UINT64_C(100000000) + receipt_key);
}

static char *put_customer(char *out, uint32_t customer) {
  return customer ? put_unsigned(out, customer) : out;
}

static void session_note(Session *session, const char *kind, uint32_t product, uint64_t order,
                         int32_t seconds_later) {
  char *out = row_begin(session->text);
  session->second += seconds_later;
  if (session->second > 86399) session->second = 86399;
  out = put_char(put_unsigned(out, session->next_event++), ',');
  out = put_char(put_hash(out, session->visitor), ',');
  out = put_char(put_customer(out, session->customer), ',');
  out = put_char(put_unsigned(out, session->number), ',');
  out = put_char(put_timestamp(out, &session->chain->days, session->day, (uint32_t)session->second),
                 ',');
  out = put_char(put_unsigned(out, session->channel), ',');
  out = put_char(put_text(out, way_names[session->way]), ',');
  out = put_char(put_text(put_char(out, ','), kind), ','); // no campaign
  if (product) out = put_unsigned(out, product);
  out = put_char(out, ',');
  if (order) out = put_unsigned(put_char(out, 'W'), order);
  row_end(session->text, out);
}

static void write_order(const Chain *chain, const Session *session, uint64_t number,
                        uint32_t receipt_key, const char *status, int32_t second,
                        const int32_t minutes[3], int64_t amount, Buffer *text) {
  char *out = row_begin(text);
  out = put_char(put_unsigned(put_char(out, 'W'), number), ',');
  if (receipt_key) out = put_unsigned(out, receipt_key);
  out = put_char(put_customer(put_char(out, ','), session->customer), ',');
  out = put_char(put_hash(out, session->visitor), ',');
  out = put_char(put_unsigned(out, session->channel), ',');
  out = put_char(put_text(out, status), ',');
  out = put_char(put_timestamp(out, &chain->days, session->day, (uint32_t)second), ',');
  for (uint32_t i = 0; i < 3; i++) { // confirmed, cancelled, delivered: minutes later, or -1
    int32_t at = second + minutes[i] * 60;
    if (minutes[i] >= 0)
      out = put_timestamp(out, &chain->days, session->day + at / 86400, (uint32_t)(at % 86400));
    out = put_char(out, ',');
  }
  row_end(text, put_money(out, amount));
}

static uint32_t basket_product(const Basket *basket, Random *random) {
  return basket->lines[random_below(random, basket->count)].product + 1;
}

// The session that ends in the order.
static void write_buying_session(Session *session, uint32_t receipt_key, const Basket *basket,
                                 Random *random) {
  uint64_t order = UINT64_C(100000000) + receipt_key;
  session_note(session, "visit", 0, 0, 0);
  session_note(session, "view", basket_product(basket, random), 0, 60);
  session_note(session, "view", basket->lines[0].product + 1, 0, 90);
  session_note(session, "cart", basket->lines[0].product + 1, 0, 30);
  session_note(session, "order", 0, order, 120);
}

// A session given up, half of them with something in the cart.
static void write_idle_session(Session *session, const Basket *basket, Random *random) {
  uint32_t product = basket_product(basket, random);
  session_note(session, "visit", 0, 0, 0);
  session_note(session, "view", product, 0, 45);
  if (!random_chance(random, 0.5)) return;
  session_note(session, "cart", product, 0, 40);
  session_note(session, "abandon", product, 0, 300);
}

static void write_failed_order(const Chain *chain, const Session *session, uint32_t receipt_key,
                               int32_t second, int64_t amount, Random *random, Buffer *text) {
  bool cancelled = random_chance(random, 0.45);
  int32_t minutes[3] = {-1, -1, -1};
  if (cancelled) minutes[0] = 20, minutes[1] = random_between(random, 60, 900);
  write_order(chain, session, FAILED_ORDERS_FROM + (uint64_t)receipt_key, 0,
              cancelled ? "cancelled" : "unconfirmed", second, minutes, amount, text);
}

void digital_write(const Chain *chain, uint32_t index, const Basket *basket, DemoBatch *batch) {
  const DemoReceipt *receipt = &chain->receipts[index];
  bool online = receipt->channel >= CHANNEL_SITE && receipt->channel <= CHANNEL_CALL;
  if (!online || receipt->kind != RECEIPT_SALE) return;
  uint32_t key = chain->receipt_keys[index], year = world_year(&chain->world, receipt->day);
  Random random = {random_key(receipt->seed, 'D')};
  Buffer *orders = &batch->text[FILE_ORDERS + year];
  Session session = {.chain = chain,
                     .text = &batch->text[FILE_EVENTS + year],
                     .visitor =
                         receipt->customer
                             ? identity_hash(chain->world.seed, receipt->customer, IDENTITY_VISITOR)
                             : random_next(&random),
                     .number = (uint64_t)key * 2,
                     .next_event = (uint64_t)key * EVENTS_PER_RECEIPT,
                     .customer = receipt->customer,
                     .channel = receipt->channel,
                     .day = receipt->day};
  int32_t ordered = (int32_t)receipt->second, minutes[3] = {random_between(&random, 5, 90), -1, -1};
  int32_t delivery = random_between(&random, 600, 5000);
  bool delivered = ordered / 86400 + receipt->day + delivery / 1440 + 1 < DAY_COUNT;
  if (delivered) minutes[2] = delivery;
  write_order(chain, &session, UINT64_C(100000000) + key, key,
              delivered ? "delivered" : "confirmed", ordered, minutes, basket->paid, orders);
  bool fails = random_chance(&random, 0.15), idle = random_chance(&random, 0.7);
  if (fails)
    write_failed_order(chain, &session, key, ordered > 3600 ? ordered - 3600 : 0,
                       basket->goods_paid, &random, orders);
  if (receipt->channel == CHANNEL_CALL) return; // ordered by telephone: nothing was clicked
  session.way = random_below(&random, 5);
  session.second = ordered > 300 ? ordered - 300 : 0;
  write_buying_session(&session, key, basket, &random);
  if (!idle) return;
  session.number++;
  session.second = ordered > 7200 ? ordered - 7200 : 0;
  write_idle_session(&session, basket, &random);
}
