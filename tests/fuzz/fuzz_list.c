// Any bytes as an uploaded list of members: read or refused with words; and one that was read is, as
// it is kept, read to the same again.
//   cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_list
//   build/fuzz/tests/fuzz/fuzz_list -max_len=4096 FOLDER tests/fuzz/corpus/list
// The first byte chooses whether keys are numbers or texts, the rest is the file.
#include "member_list_read.h"
#include <stdlib.h>

static void must(bool condition) {
  if (!condition) abort();
}

static bool read_list(Str text, bool texts, Job *job, ExperimentList *list) {
  CatalogSegment members = {.table = "customers",
                            .key = "customer",
                            .key_type = texts ? (Type){.kind = TYPE_STRING} : TYPE_OF_INT};
  Error error = ERROR_INIT;
  Status status = member_list_read(text, &members, job, list, &error);
  must(status == STATUS_OK || *error.message);
  must(status != STATUS_OK || (list->count && list->arm_count));
  must(!strstr(error.message, "/proc/") || memmem(text.data, text.size, "/proc/", 6));
  return status == STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Job job;
  ExperimentList list, again;
  Buffer kept, twice;
  if (!size) return 0;
  job_init(&job, "query", INT64_C(1) << 30, 0, NULL);
  buffer_init(&kept);
  buffer_init(&twice);
  if (read_list((Str){(const char *)data + 1, (uint32_t)(size - 1)}, data[0] & 1, &job, &list)) {
    member_list_write(&list, &kept);
    must(read_list((Str){kept.data, (uint32_t)kept.size}, data[0] & 1, &job, &again));
    member_list_write(&again, &twice);
    must(again.count == list.count && !again.repeated && strcmp(list.id, again.id) == 0);
    experiment_list_clear(&again);
    experiment_list_clear(&list);
  }
  must(!job.memory.used_bytes);
  buffer_clear(&kept);
  buffer_clear(&twice);
  return 0;
}
