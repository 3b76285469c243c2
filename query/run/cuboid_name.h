// Cuboids as people name them: "sales(date.day, store.store)", which keeps all measures, and
// "sales(date.day): revenue, lines", which keeps some.
#pragma once
#include "catalog.h"
#include "model.h"
#include "root.h"

typedef struct NamedCuboid {
  const ModelCube *cube;
  const ModelCuboid *declared;
  bool by_name; // the model does not declare one of this grain
} NamedCuboid;

// What a text names, in arena: as the model declares it, else with the measures that the text
// names. STATUS_INVALID, STATUS_NOT_FOUND: it is no name, or names what the store does not have.
Status cuboid_name_read(Arena *arena, const Catalog *catalog, const Model *model, const char *text,
                        NamedCuboid *named, Error *error) WARN_UNUSED;
// The grain alone, "sales(date.day, store.store)" with one blank after each comma and none
// elsewhere, in arena; NULL: the text is no name of a cuboid.
const char *cuboid_name_clean(Arena *arena, const char *text);
// The text that cuboid_name_read takes for a cuboid that was built by its name.
const char *cuboid_name_of(Arena *arena, const Table *cuboid);
// Whether the model declares a cuboid of this grain.
bool cuboid_is_declared(Arena *arena, const Model *model, const char *name);
