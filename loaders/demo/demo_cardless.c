#include "demo_cardless.h"

// Cardless receipts in three years for each member of the chain: gives about 72 % with a card.
#define CARDLESS_PER_MEMBER 4.9
#define ONLINE_SHARE 0.05

static double cardless_mean(const DemoWorld *world, uint32_t store, int32_t day) {
  const DemoStore *place = &world->stores[store];
  double share = store == world->online_store ? ONLINE_SHARE : place->weight;
  if (day < place->programme_since) share *= 2;
  return world->member_count * CARDLESS_PER_MEMBER / DAY_COUNT * share * world->day_weight[day] *
         world_traffic(world, place->region, day);
}

static void cardless_return(const DemoWorld *world, const DemoReceipt *sale, uint32_t index,
                            const Basket *basket, LifeLog *log) {
  uint32_t slot;
  int32_t delay;
  bool exchange;
  if (!basket_draw_return(sale, basket, &slot, &delay, &exchange)) return;
  int32_t day = sale->day + delay;
  if (day >= DAY_COUNT || !world_store_trades(world, sale->store, day)) return;
  DemoReceipt receipt = {.seed = random_key(sale->seed, 'R'),
                         .original = index,
                         .kind = exchange ? RECEIPT_EXCHANGE : RECEIPT_RETURN,
                         .returned_slot = (uint8_t)slot};
  Random random = {random_key(receipt.seed, 'P')};
  visit_settle(world, sale->store, day, 0, &random, &receipt);
  receipt.line_count = exchange ? 2 : 1;
  life_log_add_receipt(log, &receipt);
}

void cardless_generate(const DemoWorld *world, uint32_t store, LifeLog *log) {
  for (int32_t day = 0; day < DAY_COUNT; day++) {
    if (!world_store_trades(world, store, day)) continue;
    Random random =
        random_stream(world->seed, STREAM_CARDLESS, (uint64_t)store << 32 | (uint32_t)day);
    uint32_t count = random_poisson(&random, cardless_mean(world, store, day));
    for (uint32_t i = 0; i < count; i++) {
      DemoReceipt receipt = {.seed = random_next(&random), .original = RECEIPT_NONE};
      Random place = {random_key(receipt.seed, 'P')};
      visit_settle(world, store, day, 0, &place, &receipt);
      if (store == world->online_store && random_to_unit(random_next(&place)) < 0.3)
        receipt.channel = CHANNEL_MARKETPLACE;
      Basket basket;
      basket_build(world, &receipt, NULL, &basket);
      receipt.line_count = (uint8_t)basket.count;
      uint32_t index = life_log_add_receipt(log, &receipt);
      cardless_return(world, &receipt, index, &basket, log);
    }
  }
}
