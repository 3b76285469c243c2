// See cuboid_advise.h.
#include "cuboid_advise.h"
#include "cuboid_choose.h"
#include "optimize.h"
#include <math.h>
#include <stdlib.h>

#define QUESTIONS_MAX 400
#define CANDIDATES_MAX 600
#define BENEFIT_SHARE_MIN 0.001 // of all rows read: less is not worth a cuboid
#define UNITED_MAX 32           // questions of which any two are looked at together

typedef struct Candidate {
  const LatticeCube *cube;
  bool *levels, *measures;
} Candidate;

typedef struct Advising {
  const CuboidLattice *lattice;
  LogicalContext context;
  Job *job;
  AskedQuestion *asked;
  Logical **trees; // of the questions
  uint32_t asked_count;
  Candidate *candidates;
  uint32_t candidate_count;
} Advising;

static bool *flags_copy(Arena *arena, const bool *flags, uint32_t count) {
  return memcpy(ARENA_ARRAY(arena, bool, count + 1), flags, count);
}

// ---------------------------------------------------------------- questions

static bool question_equal(const CuboidQuestion *a, const CuboidQuestion *b) {
  return a->cube == b->cube && !memcmp(a->levels, b->levels, a->cube->level_count) &&
         !memcmp(a->measures, b->measures, a->cube->model->measure_count);
}

static int compare_weight(const void *a, const void *b) {
  double x = ((const AskedQuestion *)a)->weight, y = ((const AskedQuestion *)b)->weight;
  return (x < y) - (x > y);
}

static Status questions_gather(Advising *advising, const AskedQuestion *asked, uint32_t count,
                               Error *error) {
  Arena *arena = advising->context.arena;
  advising->asked = ARENA_ARRAY(arena, AskedQuestion, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    if (asked[i].question.why) continue;
    uint32_t q = 0;
    while (q < advising->asked_count &&
           !question_equal(&advising->asked[q].question, &asked[i].question))
      q++;
    if (q == advising->asked_count) {
      advising->asked[q] = asked[i];
      advising->asked[q].weight = 0;
      advising->asked_count++;
    }
    advising->asked[q].weight += asked[i].weight;
  }
  qsort(advising->asked, advising->asked_count, sizeof *advising->asked, compare_weight);
  if (advising->asked_count > QUESTIONS_MAX) advising->asked_count = QUESTIONS_MAX;
  advising->trees = ARENA_ARRAY(arena, Logical *, advising->asked_count + 1);
  for (uint32_t q = 0; q < advising->asked_count; q++)
    TRY(cuboid_question_tree(advising->lattice, &advising->context, &advising->asked[q].question,
                             &advising->trees[q], error));
  return STATUS_OK;
}

// ---------------------------------------------------------------- candidates

// Whether each level that is asked for is there or told by one that is: else it cannot serve.
static bool levels_reach(const LatticeCube *cube, const bool *asked, const bool *levels) {
  for (uint32_t l = 0; l < cube->level_count; l++) {
    if (!asked[l] || levels[l]) continue;
    bool told = false;
    for (uint32_t k = 0; k < cube->level_count; k++)
      told |= levels[k] && cube->levels[l].told_by[k];
    if (!told) return false;
  }
  return true;
}

static bool candidate_serves(Advising *advising, const Candidate *candidate, uint32_t q) {
  const CuboidQuestion *question = &advising->asked[q].question;
  const LatticeCube *cube = candidate->cube;
  const Logical *tree = advising->trees[q];
  if (question->cube != cube || !tree || !levels_reach(cube, question->levels, candidate->levels))
    return false;
  return cuboid_would_serve(cube, &advising->context, advising->lattice->root, tree,
                            cuboid_fact_scan(cube, tree), candidate->levels, NULL, NULL, NULL);
}

static void candidate_add(Advising *advising, const LatticeCube *cube, const bool *levels) {
  Arena *arena = advising->context.arena;
  if (advising->candidate_count == CANDIDATES_MAX) return;
  for (uint32_t c = 0; c < advising->candidate_count; c++)
    if (advising->candidates[c].cube == cube &&
        !memcmp(advising->candidates[c].levels, levels, cube->level_count))
      return;
  Candidate *candidate = &advising->candidates[advising->candidate_count++];
  *candidate = (Candidate){cube, flags_copy(arena, levels, cube->level_count),
                           ARENA_ARRAY(arena, bool, cube->model->measure_count + 1)};
  memset(candidate->measures, 0, cube->model->measure_count);
}

// What two questions need together, without levels that both can do without then.
static void candidate_unite(Advising *advising, uint32_t a, uint32_t b) {
  const LatticeCube *cube = advising->asked[a].question.cube;
  Candidate both = {.cube = cube};
  both.levels =
      flags_copy(advising->context.arena, advising->asked[a].question.levels, cube->level_count);
  for (uint32_t l = 0; l < cube->level_count; l++)
    both.levels[l] |= advising->asked[b].question.levels[l];
  for (uint32_t l = 0; l < cube->level_count; l++) {
    if (!both.levels[l]) continue;
    both.levels[l] = false;
    both.levels[l] = !candidate_serves(advising, &both, a) || !candidate_serves(advising, &both, b);
  }
  candidate_add(advising, cube, both.levels);
}

static Status candidates_find(Advising *advising, Error *error) {
  advising->candidates = ARENA_ARRAY(advising->context.arena, Candidate, CANDIDATES_MAX);
  for (uint32_t q = 0; q < advising->asked_count; q++)
    candidate_add(advising, advising->asked[q].question.cube, advising->asked[q].question.levels);
  uint32_t united = advising->asked_count < UNITED_MAX ? advising->asked_count : UNITED_MAX;
  for (uint32_t a = 0; a < united; a++) {
    TRY(job_check(advising->job, error));
    for (uint32_t b = 0; b < a; b++)
      if (advising->asked[a].question.cube == advising->asked[b].question.cube)
        candidate_unite(advising, a, b);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- the choice

// Which candidate serves which question; a candidate keeps what the questions that it serves read.
static Status serves_find(Advising *advising, uint64_t *serves, Error *error) {
  JobProgress progress = {.phase = "advise", .total = advising->candidate_count};
  for (uint32_t c = 0; c < advising->candidate_count; c++) {
    Candidate *candidate = &advising->candidates[c];
    progress.done = c;
    if (advising->job) job_report(advising->job, &progress);
    TRY(job_check(advising->job, error));
    for (uint32_t q = 0; q < advising->asked_count; q++) {
      if (!candidate_serves(advising, candidate, q)) continue;
      bits_set(serves, (size_t)c * advising->asked_count + q);
      for (uint32_t m = 0; m < candidate->cube->model->measure_count; m++)
        candidate->measures[m] |= advising->asked[q].question.measures[m];
    }
  }
  return STATUS_OK;
}

// As a model declares it: where all measures are kept, or only rows are counted, none are named or
// the first one is.
static ModelCuboid candidate_declare(Arena *arena, const Candidate *candidate) {
  CuboidQuestion question = {candidate->cube, candidate->levels, candidate->measures, NULL};
  ModelCuboid declared = cuboid_question_declare(arena, &question);
  uint32_t all = candidate->cube->model->measure_count;
  if (!declared.measure_count && all)
    declared.measures[declared.measure_count++] = candidate->cube->model->measures[0].name;
  if (declared.measure_count == all) declared.measure_count = 0;
  return declared;
}

static void advice_write(Advising *advising, const CuboidChoice *choice, CuboidAdvice *advice) {
  Arena *arena = advising->context.arena;
  ChosenCuboid *chosen = ARENA_ARRAY(arena, ChosenCuboid, choice->candidate_count + 1);
  *advice = (CuboidAdvice){.question_count = choice->question_count,
                           .candidate_count = choice->candidate_count};
  for (uint32_t q = 0; q < choice->question_count; q++)
    advice->rows_before += choice->weights[q] * choice->costs[q];
  advice->rows_after = advice->rows_before;
  advice->count = cuboid_choose(choice, chosen);
  advice->cuboids = ARENA_ARRAY(arena, AdvisedCuboid, advice->count + 1);
  for (uint32_t i = 0; i < advice->count; i++) {
    const Candidate *candidate = &advising->candidates[chosen[i].candidate];
    advice->cuboids[i] = (AdvisedCuboid){.cube = candidate->cube,
                                         .declared = candidate_declare(arena, candidate),
                                         .cells = choice->cells[chosen[i].candidate],
                                         .bytes = choice->bytes[chosen[i].candidate],
                                         .benefit = chosen[i].benefit};
    advice->rows_after -= chosen[i].benefit;
    advice->bytes += advice->cuboids[i].bytes;
  }
}

static Status advise(Advising *advising, double bytes_max, CuboidAdvice *advice, Error *error) {
  Arena *arena = advising->context.arena;
  uint32_t questions = advising->asked_count, candidates = advising->candidate_count;
  uint64_t *serves = ARENA_ARRAY(arena, uint64_t, bits_words((size_t)questions * candidates) + 1);
  memset(serves, 0, (bits_words((size_t)questions * candidates) + 1) * sizeof *serves);
  TRY(serves_find(advising, serves, error));
  double *weights = ARENA_ARRAY(arena, double, questions + 1);
  double *costs = ARENA_ARRAY(arena, double, questions + 1);
  for (uint32_t q = 0; q < questions; q++) {
    weights[q] = advising->asked[q].weight;
    costs[q] = (double)advising->asked[q].question.cube->fact->shown_count;
  }
  double *cells = ARENA_ARRAY(arena, double, candidates + 1);
  double *bytes = ARENA_ARRAY(arena, double, candidates + 1);
  for (uint32_t c = 0; c < candidates; c++) {
    const Candidate *candidate = &advising->candidates[c];
    cells[c] = lattice_cells(candidate->cube, candidate->levels);
    bytes[c] = fmax(1, lattice_bytes(candidate->cube, candidate->levels, candidate->measures));
  }
  CuboidChoice choice = {.question_count = questions,
                         .candidate_count = candidates,
                         .weights = weights,
                         .costs = costs,
                         .cells = cells,
                         .bytes = bytes,
                         .serves = serves,
                         .bytes_max = bytes_max};
  for (uint32_t q = 0; q < questions; q++) choice.benefit_min += weights[q] * costs[q];
  choice.benefit_min *= BENEFIT_SHARE_MIN;
  advice_write(advising, &choice, advice);
  return STATUS_OK;
}

Status cuboid_advise(const CuboidLattice *lattice, Arena *arena, const AskedQuestion *asked,
                     uint32_t asked_count, double bytes_max, Job *job, CuboidAdvice *advice,
                     Error *error) {
  Advising advising = {.lattice = lattice, .context = {.arena = arena, .next_id = 1}, .job = job};
  TRY(questions_gather(&advising, asked, asked_count, error));
  TRY(candidates_find(&advising, error));
  return advise(&advising, bytes_max, advice, error);
}

// ---------------------------------------------------------------- where nobody has asked

static bool is_of_time(const LatticeCube *cube, uint32_t level) {
  const char *time = cube->catalog->time_level;
  const char *point = time ? strchr(time, '.') : NULL;
  const char *name = cube->levels[level].name;
  return point && !strncmp(name, time, (size_t)(point - time) + 1);
}

typedef struct Assuming {
  const CuboidLattice *lattice;
  Arena *arena;
  AskedQuestion *asked;
  uint32_t count, capacity;
} Assuming;

// Adds the question by one level, or two, if no cuboid that there is serves it.
static Status assume(Assuming *assuming, const LatticeCube *cube, uint32_t a, uint32_t b,
                     Error *error) {
  Arena *arena = assuming->arena;
  LogicalContext context = {.arena = arena, .next_id = 1};
  CuboidQuestion question = {.cube = cube,
                             .levels = ARENA_ARRAY(arena, bool, cube->level_count + 1),
                             .measures = ARENA_ARRAY(arena, bool, cube->model->measure_count + 1)};
  memset(question.levels, 0, cube->level_count);
  question.levels[a] = question.levels[b] = true;
  for (uint32_t m = 0; m < cube->model->measure_count; m++) question.measures[m] = true;
  Logical *tree;
  TRY(cuboid_question_tree(assuming->lattice, &context, &question, &tree, error));
  if (!tree) return STATUS_OK;
  context.missed_count = 0;
  (void)pass_cuboid(&context, assuming->lattice->root, tree);
  if (!context.missed_count) return STATUS_OK;
  if (assuming->count == assuming->capacity) {
    assuming->capacity = assuming->capacity ? assuming->capacity * 2 : 64;
    AskedQuestion *asked = ARENA_ARRAY(arena, AskedQuestion, assuming->capacity);
    if (assuming->count) memcpy(asked, assuming->asked, assuming->count * sizeof *asked);
    assuming->asked = asked;
  }
  assuming->asked[assuming->count++] = (AskedQuestion){question, 1};
  return STATUS_OK;
}

Status cuboid_questions_assume(const CuboidLattice *lattice, Arena *arena, Job *job,
                               AskedQuestion **asked, uint32_t *count, Error *error) {
  Assuming assuming = {.lattice = lattice, .arena = arena};
  for (uint32_t c = 0; c < lattice->cube_count; c++) {
    const LatticeCube *cube = &lattice->cubes[c];
    for (uint32_t l = 0; l < cube->level_count; l++) {
      TRY(job_check(job, error));
      TRY(assume(&assuming, cube, l, l, error));
      for (uint32_t t = 0; t < cube->level_count; t++)
        if (is_of_time(cube, t) && !is_of_time(cube, l)) TRY(assume(&assuming, cube, l, t, error));
    }
  }
  *asked = assuming.asked;
  *count = assuming.count;
  return STATUS_OK;
}
