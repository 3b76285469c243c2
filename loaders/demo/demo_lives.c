// All members and all cardless shops, lived in parallel; and the tables with a row a member.
//
// A piece of work is MEMBERS_PER_PIECE members or one shop. A member in the test arm of an action
// that does something is lived again without it, and once without any action; the differences are
// the truth of the actions (demo_simulation.h).
#include "demo_chain.h"

enum { MEMBERS_PER_PIECE = 512 };
typedef struct LivesScratch {
  Simulation real, other;
} LivesScratch;

// ---- rows ---------------------------------------------------------------------------------------

static char *put_person(char *out, const Chain *chain, const Member *member) {
  static const char *const genders[2] = {"f", "m"};
  Random random = random_stream(chain->world.seed, STREAM_PERSON, member->person);
  uint32_t man = random_chance(&random, 0.34), first = random_below(&random, FIRST_NAME_COUNT);
  uint32_t last = random_below(&random, SURNAME_COUNT);
  double age = 18 + 62 * pow(random_unit(&random), 1.2);
  bool told = random_chance(&random, 0.93), dated = random_chance(&random, 0.85);
  if (member->status == MEMBER_DELETED) return put_text(out, ",,"); // erased
  out = put_char(put_text(out, surnames[last]), man ? ' ' : '\xd0');
  if (!man) out = put_text(out, "\xb0 "); // the rest of "а"
  out = put_char(put_text(out, first_names[man][first]), ',');
  if (told) out = put_text(out, genders[man]);
  out = put_char(out, ',');
  if (!dated) return out;
  char date[DATE_TEXT_BYTES];
  size_t size = date_format(chain->world.first_date - (int32_t)(age * 365.25), date);
  return put_bytes(out, date, size);
}

static void write_customer(const Chain *chain, const Simulation *life, Buffer *text) {
  static const char *const sources[] = {"walk_in", "advertising", "social", "referral"};
  const Member *member = &life->member;
  const CityInfo *city = &cities[chain->world.stores[member->home].city];
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, member->customer), ',');
  out = put_char(put_person(out, chain, member), ',');
  out = put_char(put_text(out, city->name), ',');
  out = put_char(put_text(out, regions[city->region].name), ',');
  uint32_t second = life->registered_second < 120 ? 0 : life->registered_second - 120;
  out = put_char(put_timestamp(out, &chain->days, member->registered, second), ',');
  out = put_char(put_unsigned(out, member->acquisition), ',');
  out = put_char(put_text(out, sources[member->source]), ',');
  if (member->source == 3) {
    uint32_t referrer =
        1 + (uint32_t)(random_key(member->customer, STREAM_PERSON) % chain->world.member_count);
    if (referrer != member->customer) out = put_unsigned(out, referrer);
  }
  out = put_char(put_unsigned(put_char(out, ','), member->enrolment + 1), ',');
  out = put_char(put_unsigned(out, (member->enrolment + 1) * 10 + member->enrolment_cashier), ',');
  out = put_char(put_unsigned(out, member->second_home + 1), ',');
  out = put_char(put_text(out, member_status_names[member->status]), ',');
  if (member->merged_into) out = put_unsigned(out, member->merged_into);
  out = put_char(put_unsigned(put_char(out, ','), 1 + (member->person - 1) * UINT64_C(2) / 3), ',');
  out = put_char(put_flag(out, member->employee), ',');
  row_end(text, put_flag(out, member->test));
}

static void write_identity(const Chain *chain, uint64_t key, const char *kind, const char *value,
                           size_t value_size, uint32_t customer, int32_t from, int32_t to,
                           Buffer *text) {
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, key), ',');
  out = put_char(put_text(out, kind), ',');
  out = put_char(put_bytes(out, value, value_size), ',');
  out = put_char(put_unsigned(out, customer), ',');
  out = put_char(put_date(out, &chain->days, from), ',');
  row_end(text, put_date_or_empty(out, &chain->days, to));
}

// The keys of profile `owner`, held by `holder` from..to: the same person, or who it merged into.
static void write_identities(const Chain *chain, uint32_t owner, uint32_t holder, bool online,
                             int32_t from, int32_t to, Buffer *text) {
  static const char *const kinds[4] = {"card", "phone", "email", "visitor"};
  uint64_t base = (uint64_t)owner * 8 + (holder == owner ? 0 : 4);
  for (uint32_t k = 0; k < 4; k++) {
    uint64_t hash = identity_hash(chain->world.seed, owner, k);
    if ((k == 1 && hash % 10 == 0) || (k == 2 && hash % 10 < 3) || (k == 3 && !online)) continue;
    char value[24];
    size_t size = (size_t)((k ? put_hash(value, hash) : put_card(value, owner)) - value);
    write_identity(chain, base + k, kinds[k], value, size, holder, from, to, text);
  }
}

static void write_tiers(const Chain *chain, const Simulation *life, Buffer *text) {
  static const char *const names[TIER_COUNT] = {"base", "silver", "gold"};
  for (uint32_t i = 0; i < life->tier_count; i++) {
    char *out = row_begin(text);
    out = put_char(put_unsigned(out, life->member.customer), ',');
    out = put_char(put_text(out, names[life->tiers[i].tier]), ',');
    out = put_char(put_date(out, &chain->days, life->tiers[i].from), ',');
    if (i + 1 < life->tier_count) out = put_date(out, &chain->days, life->tiers[i + 1].from);
    row_end(text, out);
  }
}

// Some withdraw a consent after the data's end: dates of consent never contradict contacts.
static void write_consents(const Chain *chain, const Member *member, Buffer *text) {
  for (uint32_t c = 0; c < CONTACT_CHANNEL_COUNT; c++) {
    char *out = row_begin(text);
    out = put_char(put_unsigned(out, member->customer), ',');
    out = put_text(put_text(out, contact_channel_names[c]), ",marketing,");
    out = put_char(put_flag(out, member->consents >> c & 1), ',');
    row_end(text, put_char(put_date(out, &chain->days, member->registered), ','));
  }
}

static void write_assignments(const Chain *chain, const Simulation *life, Buffer *text) {
  for (uint32_t e = 0; e < effect_count; e++) {
    if (effects[e].campaign || life->arms[e] == ARM_NONE) continue;
    char *out = row_begin(text);
    out = put_char(put_unsigned(out, effects[e].key), ',');
    out = put_char(put_unsigned(out, life->member.customer), ',');
    out = put_char(put_text(out, arm_names[life->arms[e]]), ',');
    row_end(text, put_timestamp(out, &chain->days, chain->world.effect_start[e], 0));
  }
}

static const char *member_state(const Simulation *life) {
  if (life->purchases == 0) return "never";
  if (life->member.churn_day < DAY_COUNT) return "churned";
  return demo_member_activity(&life->member, DAY_COUNT - 1) < 0.5 ? "resting" : "active";
}

static void write_member_truth(const Chain *chain, const Simulation *life, int64_t spend_without,
                               uint32_t acted, Buffer *text) {
  const Member *member = &life->member;
  char *out = row_begin(text);
  out = put_char(put_unsigned(out, member->customer), ',');
  out = put_char(put_text(out, member_state(life)), ',');
  bool churned = member->churn_day < DAY_COUNT;
  if (churned) out = put_date(out, &chain->days, member->churn_day);
  out = put_char(out, ',');
  if (churned) out = put_text(out, churn_cause_names[member->churn_cause]);
  out = put_char(put_money(put_char(out, ','), (int64_t)(member->rate * 3000)), ',');
  out = put_char(put_money(out, life->total.sales), ',');
  out = put_char(put_money(out, spend_without), ',');
  row_end(text, put_unsigned(out, (uint64_t)__builtin_popcount(acted)));
}

static void write_member(const Chain *chain, const Simulation *life, DemoBatch *batch) {
  const Member *member = &life->member;
  write_customer(chain, life,
                 &batch->text[member->inferred ? FILE_LATE_CUSTOMERS : FILE_CUSTOMERS]);
  Buffer *identities = &batch->text[FILE_IDENTITIES];
  write_identities(chain, member->customer, member->customer, member->online, member->registered,
                   member->merge_day, identities);
  if (member->merged_into)
    write_identities(chain, member->customer, member->merged_into, member->online,
                     member->merge_day, DAY_NEVER, identities);
  write_tiers(chain, life, &batch->text[FILE_TIERS]);
  write_consents(chain, member, &batch->text[FILE_CONSENTS]);
  write_assignments(chain, life, &batch->text[FILE_ASSIGNMENTS]);
}

// ---- truth --------------------------------------------------------------------------------------

// The half of the members that an effect's truth is told apart for.
static uint32_t effect_segment(const Simulation *life, uint32_t e) {
  return effects[e].extra_chance ? life->lapsed_at[e] : life->views[e].acquisition != CHANNEL_SHOP;
}

static void count_arms(const Simulation *life, ChainCounts *counts) {
  for (uint32_t e = 0; e < effect_count; e++) {
    if (life->arms[e] == ARM_NONE) continue;
    for (uint32_t w = 0; w < WINDOW_COUNT; w++) {
      EffectArm *arm = &counts->effects[e].arms[effect_segment(life, e)][w][life->arms[e]];
      const Tally *tally = &life->tallies[e][w];
      arm->assigned++;
      arm->buyers += tally->receipts > 0;
      arm->sales += tally->sales;
      arm->margin += tally->margin;
      arm->sales_squares += (__int128)tally->sales * tally->sales;
      for (int f = 0; f < 2; f++) {
        arm->focus[f] += tally->focus[f];
        arm->focus_squares[f] += (__int128)tally->focus[f] * tally->focus[f];
      }
      arm->margin_squares += (__int128)tally->margin * tally->margin;
    }
  }
}

static void count_gain(const Simulation *real, const Simulation *without, uint32_t e,
                       ChainCounts *counts) {
  for (uint32_t w = 0; w < WINDOW_COUNT; w++) {
    const Tally *a = &real->tallies[e][w], *b = &without->tallies[e][w];
    Tally gain = {a->units - b->units,
                  a->sales - b->sales,
                  a->margin - b->margin,
                  a->receipts - b->receipts,
                  {a->focus[0] - b->focus[0], a->focus[1] - b->focus[1]}};
    tally_add(&counts->effects[e].gain[effect_segment(real, e)][w][real->arms[e]], &gain);
    counts->effects[e].gained_buyers[effect_segment(real, e)][w][real->arms[e]] +=
        (a->receipts > 0) - (b->receipts > 0);
  }
}

// Whether taking effect e out can change anything: a member who bought nothing while it could tell,
// and would not have bought more without it, needs no second life.
static bool effect_may_matter(const Simulation *real, uint32_t e) {
  if (!real->reached[e] || !effect_does_something(&effects[e])) return false;
  const Tally *tally = &real->tallies[e][WINDOW_AFTER];
  bool silent = tally->receipts == 0 && tally->units == 0 && tally->sales == 0;
  bool gone = real->member.churn_day <= real->world->effect_start[e];
  return !(silent && (gone || effects[e].only_adds));
}

// Lives the member again without each action, and without all. Returns the actions, a bit each.
static uint32_t measure_effects(LivesScratch *scratch, int64_t *spend_without,
                                ChainCounts *counts) {
  const Simulation *real = &scratch->real;
  uint32_t acted = 0;
  *spend_without = real->total.sales;
  for (uint32_t e = 0; e < effect_count; e++)
    if (effect_may_matter(real, e)) acted |= UINT32_C(1) << e;
  for (uint32_t left = acted; left; left &= left - 1) {
    uint32_t e = (uint32_t)__builtin_ctz(left);
    int32_t last_day = real->world->effect_end[e] + EFFECT_AFTER_DAYS;
    if (last_day >= DAY_COUNT) last_day = DAY_COUNT - 1;
    simulation_rerun(&scratch->other, real, ~(UINT32_C(1) << e), last_day);
    count_gain(real, &scratch->other, e, counts);
  }
  if (acted) {
    simulation_rerun(&scratch->other, real, 0, DAY_COUNT - 1);
    *spend_without = scratch->other.total.sales;
  }
  return acted;
}

static void count_member(const Simulation *life, ChainCounts *counts) {
  counts->members++;
  counts->buyers += life->purchases > 0;
  counts->one_time_buyers += life->purchases == 1;
  counts->inferred += life->member.inferred;
  counts->merged += life->member.merged_into != 0;
  counts->churned += life->purchases > 0 && life->member.churn_day < DAY_COUNT;
  counts->competitor_lost += life->member.churn_cause == CHURN_COMPETITOR;
  if (life->member.registered >= 0 && life->member.registered < DAY_COUNT - EARLY_DAYS) {
    counts->source_members[life->member.source]++;
    counts->source_early_sales[life->member.source] += life->early_sales;
  }
  counts->boots_cohort += life->boots_bought[0];
  counts->boots_next += life->boots_bought[0] && life->boots_bought[1];
  counts->boots_after_two += life->boots_bought[0] && life->boots_bought[2];
}

// ---- pieces -------------------------------------------------------------------------------------

static void live_members(Chain *chain, size_t piece, LivesScratch *scratch, DemoBatch *batch,
                         ChainCounts *counts) {
  uint32_t first = (uint32_t)piece * MEMBERS_PER_PIECE + 1, last = first + MEMBERS_PER_PIECE - 1;
  if (last > chain->world.member_count) last = chain->world.member_count;
  for (uint32_t customer = first; customer <= last; customer++) {
    simulation_run(&scratch->real, &chain->world, customer, &chain->logs[piece]);
    int64_t spend_without;
    uint32_t acted = measure_effects(scratch, &spend_without, counts);
    count_arms(&scratch->real, counts);
    count_member(&scratch->real, counts);
    write_member(chain, &scratch->real, batch);
    write_member_truth(chain, &scratch->real, spend_without, acted,
                       &batch->text[FILE_TRUTH_CUSTOMERS]);
  }
}

static Status live_piece(Chain *chain, size_t number, void *scratch, ChainCounts *counts,
                         Error *error) {
  size_t member_pieces = chain->log_count - chain->world.store_count;
  LifeLog *log = &chain->logs[number];
  DemoBatch *batch = demo_output_batch(&chain->output);
  if (number < member_pieces)
    live_members(chain, number, scratch, batch, counts);
  else
    cardless_generate(&chain->world, (uint32_t)(number - member_pieces), log);
  Status status = chain_charge(
      chain,
      (int64_t)(log->receipt_count * sizeof(DemoReceipt) + log->ledger.count * sizeof(LedgerEntry) +
                log->contact_count * sizeof(Contact) + log->coupon_count * sizeof(CouponRow)),
      error);
  Status submitted =
      demo_output_submit(&chain->output, number, batch, status == STATUS_OK ? error : NULL);
  return status != STATUS_OK ? status : submitted;
}

Status chain_live(Chain *chain, Error *error) {
  size_t member_pieces = (chain->world.member_count + MEMBERS_PER_PIECE - 1) / MEMBERS_PER_PIECE;
  chain->log_count = member_pieces + chain->world.store_count;
  chain->logs = mem_alloc_zero(chain->log_count * sizeof *chain->logs);
  demo_output_expect(&chain->output, chain->log_count);
  return chain_run(chain, "live", chain->log_count, sizeof(LivesScratch), live_piece, error);
}
