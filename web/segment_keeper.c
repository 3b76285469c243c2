// See segment_keeper.h. What is asked lands in the caches that requests look into; a fault is
// theirs to tell, who asks for the thing itself.
#include "segment_keeper.h"
#include "api_segment_request.h"
#include "condition.h"
#include "customer_card.h"
#include "segment_attribute.h"
#include <time.h>

#define LOOK_MS 500 // between two looks for other data

struct SegmentKeeper {
  Database *database;
  SegmentService *segments;
  pthread_t thread;
  Job job;
  _Atomic uint64_t prepared;
  uint64_t looked;      // the root's version when it looked last
  pthread_mutex_t lock; // of what follows
  pthread_cond_t woken;
  bool stopping;
};

static const SegmentRule *saved_find(void *context, const char *id, Arena *arena) {
  SegmentService *segments = context;
  return segment_saved_rule(segments->store, id, arena);
}

// ---------------------------------------------------------------- what is prepared

typedef struct Preparation {
  SegmentWorld world;
  SegmentService *segments;
  SegmentMembers members;
  int32_t day;
  Arena *arena;
} Preparation;

static void prepare_facts(Preparation *preparation) {
  SegmentRule everybody = {.kind = SEGMENT_ALL, .path = "", .text = "{\"all\":[]}"};
  SegmentPreview preview;
  Status status = segment_preview(&preparation->world, preparation->segments->facts, &everybody,
                                  preparation->day, preparation->arena, &preview, NULL, NULL);
  (void)status;
}

static void prepare_attributes(Preparation *preparation) {
  const Model *model = preparation->world.model;
  for (uint32_t a = 0; model && a < model->attribute_count; a++) {
    Status status =
        segment_attribute_prepare(&preparation->world, &preparation->members, &model->attributes[a],
                                  preparation->day, preparation->arena, NULL);
    (void)status;
  }
}

static void prepare_saved(Preparation *preparation) {
  SavedSegment *saved;
  uint32_t count = segment_store_list(preparation->segments->store, preparation->arena, &saved);
  for (uint32_t i = 0; i < count; i++) {
    SegmentRule rule;
    SegmentPreview preview;
    Status status = segment_read(preparation->arena, saved[i].definition,
                                 strlen(saved[i].definition), &rule, NULL);
    if (status == STATUS_OK)
      status = segment_preview(&preparation->world, preparation->segments->facts, &rule,
                               preparation->day, preparation->arena, &preview, NULL, NULL);
    (void)status;
  }
}

// Not where they would take much of what is left for questions.
static void prepare_cards(Preparation *preparation, const MemoryBudget *budget) {
  CustomerCard card = {.world = &preparation->world,
                       .members = &preparation->members,
                       .rows = preparation->segments->rows,
                       .arena = preparation->arena};
  int64_t left = budget->limit_bytes - atomic_load(&budget->used_bytes);
  if (budget->limit_bytes > 0 && customer_card_index_bytes(&card) > left / 4) return;
  Status status = customer_card_prepare(&card, NULL);
  (void)status;
}

static void prepare(SegmentKeeper *keeper, const DatabaseView *view) {
  Preparation preparation = {
      .world = {.root = view->root,
                .first_day = view->data.first,
                .last_day = view->data.has_days ? view->data.last : view->data.first - 1,
                .catalog = view->catalog,
                .model = view->model,
                .pool = database_pool(keeper->database),
                .job = &keeper->job,
                .cache = keeper->segments->cache,
                .find = saved_find,
                .find_context = keeper->segments},
      .segments = keeper->segments,
      .day = view->data.last,
      .arena = arena_create()};
  if (view->data.has_days &&
      segment_members_find(view->root, view->catalog, &preparation.members, NULL) == STATUS_OK) {
    prepare_facts(&preparation);
    prepare_attributes(&preparation);
    prepare_saved(&preparation);
    prepare_cards(&preparation, database_budget(keeper->database));
  }
  arena_destroy(preparation.arena);
}

// ---------------------------------------------------------------- the thread

// Prepares the data of now, unless they are prepared or nothing was published since the last look.
static void look(SegmentKeeper *keeper) {
  DatabaseView *view;
  if (database_version(keeper->database) == keeper->looked ||
      database_pin(keeper->database, &view, NULL) != STATUS_OK)
    return;
  uint64_t version = segment_data_version(view->root);
  keeper->looked = view->root->version;
  if (version != atomic_load(&keeper->prepared)) {
    prepare(keeper, view);
    atomic_store(&keeper->prepared, version);
  }
  database_unpin(view);
}

static void idle(SegmentKeeper *keeper) {
  condition_wait_ms(&keeper->woken, &keeper->lock, LOOK_MS);
}

static void *keep(void *context) {
  SegmentKeeper *keeper = context;
  pthread_mutex_lock(&keeper->lock);
  while (!keeper->stopping) {
    pthread_mutex_unlock(&keeper->lock);
    look(keeper);
    pthread_mutex_lock(&keeper->lock);
    if (!keeper->stopping) idle(keeper);
  }
  pthread_mutex_unlock(&keeper->lock);
  return NULL;
}

SegmentKeeper *segment_keeper_start(Database *database, SegmentService *segments) {
  SegmentKeeper *keeper = mem_alloc_zero(sizeof *keeper);
  keeper->database = database;
  keeper->segments = segments;
  job_init(&keeper->job, "preparing segments", 0, 0, database_budget(database));
  pthread_mutex_init(&keeper->lock, NULL);
  condition_init(&keeper->woken);
  pthread_create(&keeper->thread, NULL, keep, keeper);
  return keeper;
}

void segment_keeper_stop(SegmentKeeper *keeper) {
  if (!keeper) return;
  pthread_mutex_lock(&keeper->lock);
  keeper->stopping = true;
  pthread_cond_signal(&keeper->woken);
  pthread_mutex_unlock(&keeper->lock);
  job_cancel(&keeper->job);
  pthread_join(keeper->thread, NULL);
  pthread_cond_destroy(&keeper->woken);
  pthread_mutex_destroy(&keeper->lock);
  mem_free(keeper);
}

uint64_t segment_keeper_version(const SegmentKeeper *keeper) {
  return atomic_load(&((SegmentKeeper *)keeper)->prepared);
}
