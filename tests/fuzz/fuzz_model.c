// Any bytes as a model: read or refused with a fault, never worse.
//   cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_model
//   build/fuzz/tests/fuzz/fuzz_model -max_len=20000 -dict=tests/fuzz/fuzz_model.dict FOLDER models/
// Without libFuzzer the same program replays the files of tests/fuzz/corpus/model.
#include "model.h"
#include <stdlib.h>
#include <string.h>

static void take_fault(void *context, const char *text) {
  *(size_t *)context += strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  size_t told = 0;
  Model *model = NULL;
  Error error = ERROR_INIT;
  Status status =
      model_read_text((const char *)bytes, size, "fuzz.yaml", take_fault, &told, &model, &error);
  bool sound = status == STATUS_OK ? model && !told : status == STATUS_INVALID && !model && told;
  if (!sound) abort();
  model_destroy(model);
  return 0;
}
