// The run: its phases, its threads, its memory, and what is left when it fails.
#include "demo_chain.h"

typedef struct ChainPhase {
  Chain *chain;
  const char *name;
  size_t count, scratch_bytes;
  ChainTask task;
  _Atomic size_t next, done;
  _Atomic bool failed;
  pthread_mutex_t lock;
  Error error; // of the first failure
} ChainPhase;

static void counts_add(ChainCounts *to, const ChainCounts *from) {
  // All fields are integers of 64 or 128 bits; the latter, in EffectTruth, are added by themselves.
  int64_t *a = (int64_t *)to;
  const int64_t *b = (const int64_t *)from;
  for (size_t i = 0; i < offsetof(ChainCounts, effects) / sizeof *a; i++) a[i] += b[i];
  for (uint32_t e = 0; e < EFFECT_COUNT_MAX; e++) {
    for (uint32_t i = 0; i < 2 * WINDOW_COUNT * ARM_COUNT; i++) {
      uint32_t segment = i / (WINDOW_COUNT * ARM_COUNT), window = i / ARM_COUNT % WINDOW_COUNT;
      uint32_t arm = i % ARM_COUNT;
      EffectTruth *x = &to->effects[e];
      const EffectTruth *y = &from->effects[e];
      effect_arm_add(&x->arms[segment][window][arm], &y->arms[segment][window][arm]);
      tally_add(&x->gain[segment][window][arm], &y->gain[segment][window][arm]);
      x->gained_buyers[segment][window][arm] += y->gained_buyers[segment][window][arm];
    }
  }
}

static void phase_fail(ChainPhase *phase, const Error *error) {
  pthread_mutex_lock(&phase->lock);
  if (!phase->failed) phase->error = *error;
  phase->failed = true;
  pthread_mutex_unlock(&phase->lock);
}

static void phase_work(void *context, uint32_t worker) {
  ChainPhase *phase = context;
  (void)worker;
  void *scratch = mem_alloc_zero(phase->scratch_bytes);
  ChainCounts *counts = mem_alloc_zero(sizeof *counts);
  Error error = ERROR_INIT;
  for (;;) {
    size_t number = atomic_fetch_add(&phase->next, 1);
    if (number >= phase->count || phase->failed) break;
    Status status = job_check(phase->chain->job, &error);
    if (status == STATUS_OK) status = phase->task(phase->chain, number, scratch, counts, &error);
    if (status != STATUS_OK) {
      phase_fail(phase, &error);
      break;
    }
    size_t done = atomic_fetch_add(&phase->done, 1) + 1;
    JobProgress progress = {.phase = phase->name,
                            .done = (int64_t)done,
                            .total = (int64_t)phase->count,
                            .unit = "pieces"};
    if (phase->chain->job) job_report(phase->chain->job, &progress);
  }
  pthread_mutex_lock(&phase->chain->lock);
  counts_add(&phase->chain->counts, counts);
  pthread_mutex_unlock(&phase->chain->lock);
  mem_free(counts);
  mem_free(scratch);
}

Status chain_run(Chain *chain, const char *name, size_t count, size_t scratch_bytes, ChainTask task,
                 Error *error) {
  ChainPhase phase = {.chain = chain,
                      .name = name,
                      .count = count,
                      .scratch_bytes = scratch_bytes,
                      .task = task,
                      .error = ERROR_INIT};
  pthread_mutex_init(&phase.lock, NULL);
  thread_pool_run(chain->pool, thread_pool_size(chain->pool), phase_work, &phase);
  pthread_mutex_destroy(&phase.lock);
  if (!phase.failed) return STATUS_OK;
  if (error) *error = phase.error;
  return phase.error.status;
}

Status chain_charge(Chain *chain, int64_t bytes, Error *error) {
  if (!chain->job) return STATUS_OK;
  TRY(memory_budget_charge(&chain->job->memory, bytes, error));
  chain->charged_bytes += bytes;
  return STATUS_OK;
}

static void chain_clear(Chain *chain) {
  for (size_t i = 0; i < chain->log_count; i++) life_log_clear(&chain->logs[i]);
  mem_free(chain->logs);
  mem_free(chain->receipts);
  mem_free(chain->ledger);
  mem_free(chain->contacts);
  mem_free(chain->coupons);
  mem_free(chain->receipt_order.order);
  mem_free(chain->ledger_order.order);
  mem_free(chain->contact_order.order);
  mem_free(chain->receipt_keys);
  mem_free(chain->first_lines);
  day_texts_clear(&chain->days);
  demo_world_clear(&chain->world);
  thread_pool_destroy(chain->pool);
  pthread_mutex_destroy(&chain->lock);
  if (chain->job) memory_budget_release(&chain->job->memory, chain->charged_bytes);
  mem_free(chain);
}

static Status chain_make(Chain *chain, Error *error) {
  TRY(chain_write_dimensions(chain, error));
  TRY(chain_live(chain, error));
  TRY(chain_order(chain, error));
  TRY(chain_write_facts(chain, error));
  return chain_write_truth(chain, error);
}

Status demo_generate(const DemoOptions *options, Job *job, DemoSummary *summary, Error *error) {
  if (!(options->scale >= DEMO_SCALE_MIN && options->scale <= DEMO_SCALE_MAX))
    return error_set(error, STATUS_INVALID, "scale %g is not between %g and %g", options->scale,
                     DEMO_SCALE_MIN, DEMO_SCALE_MAX);
  Chain *chain = mem_alloc_zero(sizeof *chain);
  chain->job = job;
  Status status = demo_output_open(&chain->output, options->directory, error);
  if (status != STATUS_OK) {
    mem_free(chain);
    return status;
  }
  pthread_mutex_init(&chain->lock, NULL);
  chain->pool = thread_pool_create(options->threads);
  demo_world_init(&chain->world, options->scale, options->seed);
  day_texts_init(&chain->days, &chain->world);
  status = chain_make(chain, error);
  const ChainCounts *counts = &chain->counts;
  DemoSummary made = {.stores = chain->world.store_count,
                      .members = counts->members,
                      .receipts = counts->receipts,
                      .lines = counts->lines,
                      .points = counts->ledger_rows,
                      .contacts = counts->contacts,
                      .bytes = chain->output.bytes};
  if (status == STATUS_OK)
    status = demo_output_finish(&chain->output, error);
  else
    demo_output_discard(&chain->output);
  if (status == STATUS_OK && summary) *summary = made;
  chain_clear(chain);
  return status;
}
