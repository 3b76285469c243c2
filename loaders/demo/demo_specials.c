// Members with a part to play: the wholesaler whose one purchase spoils a test, the reseller, the
// cashiers' own cards. They are looked for among ordinary members who stay to the end.
#include "demo_member.h"

// The first member from `customer` on (around the end) that is there before the data and to the
// end.
static uint32_t special_find(const DemoWorld *world, uint32_t customer) {
  for (uint32_t tried = 0; tried < world->member_count; tried++, customer++) {
    if (customer > world->member_count) customer = 1;
    Member member;
    demo_member_init(world, customer, &member);
    const DemoStore *home = &world->stores[member.home];
    if (member.registered < 0 && member.churn_cause == CHURN_NONE && !member.absorbed &&
        member.status == MEMBER_ACTIVE && !member.employee && !member.test &&
        home->closed == DAY_NEVER && member.home != world->missing_store &&
        member.dormant_from == DAY_NEVER)
      return customer;
  }
  return 0; // a chain of a few members may have none: nobody plays the part
}

void demo_world_cast_specials(DemoWorld *world) {
  uint32_t step = world->member_count / 11;
  world->wholesaler = special_find(world, step);
  world->wholesale_day = effect_day((CivilDate){2023, 10, 12});
  world->reseller = special_find(world, 2 * step);
  world->resale_first_day = effect_day((CivilDate){2025, 5, 5});
  double cards = 1 + 5 * world->scale;
  world->fraud_count = cards > FRAUD_CARDS_MAX ? FRAUD_CARDS_MAX : (uint32_t)cards;
  for (uint32_t i = 0; i < world->fraud_count; i++)
    world->fraud_cards[i] = special_find(world, (3 + i) * step);
  world->fraud_first_day = effect_day((CivilDate){2025, 4, 1});
  world->fraud_last_day = effect_day((CivilDate){2025, 5, 31});
}
