#include "demo_output.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECEIPTS_HEADER                                                                            \
  "receipt,kind,original_receipt,sold_at,business_date,hour,store,till,cashier,channel,order_no,"  \
  "customer,card,currency,rate\n"
#define SALES_HEADER                                                                               \
  "line,receipt,line_no,product,quantity,unit,list_price,paid,discount,vat,cost,returned_line,"    \
  "points_earned,points_spent\n"
#define DISCOUNTS_HEADER "line,campaign,mechanic,coupon,amount,funded_by\n"
#define POINTS_HEADER                                                                              \
  "entry,customer,posted_at,kind,amount,receipt,active_from,expires,lot,campaign,partner,"         \
  "operator,reason\n"
#define CONTACTS_HEADER                                                                            \
  "contact,campaign,customer,sent_at,channel,purpose,step,arm,sent,delivered,opened,clicked,"      \
  "bounced,unsubscribed,complained,cost\n"
#define ORDERS_HEADER                                                                              \
  "order_no,receipt,customer,visitor,channel,status,created_at,confirmed_at,cancelled_at,"         \
  "delivered_at,amount\n"
#define EVENTS_HEADER                                                                              \
  "event,visitor,customer,session,occurred_at,channel,source,medium,campaign,kind,product,"        \
  "order_no\n"
#define CUSTOMERS_HEADER                                                                           \
  "customer,name,gender,birth_date,city,region,registered_at,acquisition_channel,source,referrer," \
  "enrolment_store,enrolment_cashier,home_store,status,merged_into,household,employee,test\n"

static const struct {
  const char *name, *header;
} file_infos[FILE_COUNT] = {
    [FILE_STORES] = {"stores.csv",
                     "store,name,name_en,city,city_en,region,region_en,price_zone,format,timezone,"
                     "opened,closed,owner,partner,programme_since,opens_hour,closes_hour\n"},
    [FILE_CHANNELS] = {"channels.csv", "channel,name,name_en,type\n"},
    [FILE_PRODUCTS] = {"products.csv",
                       "product,name,name_en,brand,subcategory,subcategory_en,category,category_en,"
                       "supplier,season,unit,launched,delisted,vat_rate,private_label,"
                       "service_item\n"},
    [FILE_PRICES] = {"product_prices.csv", "product,price_zone,valid_from,valid_to,price,cost\n"},
    [FILE_CUSTOMERS] = {"customers.csv", CUSTOMERS_HEADER},
    [FILE_IDENTITIES] = {"identities.csv", "identity,kind,value,customer,valid_from,valid_to\n"},
    [FILE_TIERS] = {"tier_history.csv", "customer,tier,valid_from,valid_to\n"},
    [FILE_CONSENTS] = {"consents.csv", "customer,channel,purpose,given,valid_from,valid_to\n"},
    [FILE_COUPONS] = {"coupons.csv", "coupon,campaign,customer,issued,valid_to,redeemed_receipt\n"},
    [FILE_CAMPAIGNS] = {"campaigns.csv", "campaign,parent,name,name_en,kind,mechanic,channel,"
                                         "start_date,end_date,budget,planned_control\n"},
    [FILE_EXPERIMENTS] = {"experiments.csv", "experiment,name,name_en,start_date,end_date,"
                                             "primary_metric,planned_test,campaign\n"},
    [FILE_ASSIGNMENTS] = {"assignments.csv", "experiment,customer,arm,assigned_at\n"},
    [FILE_CALENDAR] = {"calendar.csv", "day,year,quarter,month,week,weekday,weekend,workday,"
                                       "holiday,holiday_en,annotation,annotation_en\n"},
    [FILE_RECEIPTS] = {"receipts-2023.csv", RECEIPTS_HEADER},
    [FILE_RECEIPTS + 1] = {"receipts-2024.csv", RECEIPTS_HEADER},
    [FILE_RECEIPTS + 2] = {"receipts-2025.csv", RECEIPTS_HEADER},
    [FILE_SALES] = {"sales-2023.csv", SALES_HEADER},
    [FILE_SALES + 1] = {"sales-2024.csv", SALES_HEADER},
    [FILE_SALES + 2] = {"sales-2025.csv", SALES_HEADER},
    [FILE_DISCOUNTS] = {"line_discounts-2023.csv", DISCOUNTS_HEADER},
    [FILE_DISCOUNTS + 1] = {"line_discounts-2024.csv", DISCOUNTS_HEADER},
    [FILE_DISCOUNTS + 2] = {"line_discounts-2025.csv", DISCOUNTS_HEADER},
    [FILE_POINTS] = {"points-2023.csv", POINTS_HEADER},
    [FILE_POINTS + 1] = {"points-2024.csv", POINTS_HEADER},
    [FILE_POINTS + 2] = {"points-2025.csv", POINTS_HEADER},
    [FILE_CONTACTS] = {"contacts-2023.csv", CONTACTS_HEADER},
    [FILE_CONTACTS + 1] = {"contacts-2024.csv", CONTACTS_HEADER},
    [FILE_CONTACTS + 2] = {"contacts-2025.csv", CONTACTS_HEADER},
    [FILE_ORDERS] = {"orders-2023.csv", ORDERS_HEADER},
    [FILE_ORDERS + 1] = {"orders-2024.csv", ORDERS_HEADER},
    [FILE_ORDERS + 2] = {"orders-2025.csv", ORDERS_HEADER},
    [FILE_EVENTS] = {"events-2023.csv", EVENTS_HEADER},
    [FILE_EVENTS + 1] = {"events-2024.csv", EVENTS_HEADER},
    [FILE_EVENTS + 2] = {"events-2025.csv", EVENTS_HEADER},
    [FILE_LATE_RECEIPTS] = {"late/receipts-late.csv", RECEIPTS_HEADER},
    [FILE_LATE_SALES] = {"late/sales-late.csv", SALES_HEADER},
    [FILE_LATE_DISCOUNTS] = {"late/line_discounts-late.csv", DISCOUNTS_HEADER},
    [FILE_LATE_POINTS] = {"late/points-late.csv", POINTS_HEADER},
    [FILE_LATE_CUSTOMERS] = {"late/customers-late.csv", CUSTOMERS_HEADER},
    [FILE_TRUTH_CUSTOMERS] = {"truth/truth_customers.csv",
                              "customer,state,churn_day,cause,visits_per_30_days,spend,"
                              "spend_without_actions,actions\n"},
    [FILE_TRUTH] = {"truth/truth.json", ""},
};

static Status output_io_error(Error *error, const char *what, const char *path) {
  return error_set(error, STATUS_IO, "cannot %s '%s': %s", what, path, strerror(errno));
}

// Refuses what is there already, unless it is an empty folder.
static Status output_check_target(const char *target, Error *error) {
  struct stat status;
  if (stat(target, &status) != 0) {
    if (errno == ENOENT) return STATUS_OK;
    return output_io_error(error, "look at", target);
  }
  if (!S_ISDIR(status.st_mode))
    return error_set(error, STATUS_EXISTS, "'%s' exists and is no folder", target);
  DIR *folder = opendir(target);
  if (!folder) return output_io_error(error, "open the folder", target);
  uint32_t entries = 0;
  while (readdir(folder)) entries++;
  closedir(folder);
  if (entries > 2) // "." and ".."
    return error_set(error, STATUS_EXISTS, "'%s' is not empty: name a new folder or empty this one",
                     target);
  return STATUS_OK;
}

static Status output_write(int file, const char *bytes, size_t size, Error *error) {
  while (size) {
    ssize_t written = write(file, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      return error_set(error, STATUS_IO, "cannot write the demo chain: %s", strerror(errno));
    bytes += written;
    size -= (size_t)written;
  }
  return STATUS_OK;
}

static Status output_open_file(DemoOutput *output, uint32_t f, Error *error) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", output->partial, file_infos[f].name);
  output->files[f] = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (output->files[f] < 0) return output_io_error(error, "make", path);
  size_t size = strlen(file_infos[f].header);
  output->bytes += (int64_t)size;
  return output_write(output->files[f], file_infos[f].header, size, error);
}

static Status output_make(DemoOutput *output, Error *error) {
  static const char *const folders[] = {"", "/late", "/truth"};
  for (uint32_t i = 0; i < 3; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s%s", output->partial, folders[i]);
    if (mkdir(path, 0777) != 0) return output_io_error(error, "make the folder", path);
    output->made = true;
  }
  for (uint32_t f = 0; f < FILE_COUNT; f++) TRY(output_open_file(output, f, error));
  return STATUS_OK;
}

Status demo_output_open(DemoOutput *output, const char *directory, Error *error) {
  *output = (DemoOutput){.error = ERROR_INIT};
  for (uint32_t f = 0; f < FILE_COUNT; f++) output->files[f] = -1;
  size_t length = directory ? strlen(directory) : 0;
  while (length > 1 && directory[length - 1] == '/') length--;
  if (length == 0 || length > 3900)
    return error_set(error, STATUS_INVALID, "the output directory has no name or too long a one");
  output->target = mem_strndup(directory, length);
  output->partial = mem_alloc(length + 40);
  snprintf(output->partial, length + 40, "%s.partial-%ld", output->target, (long)getpid());
  pthread_mutex_init(&output->lock, NULL);
  Status status = output_check_target(output->target, error);
  if (status == STATUS_OK) status = output_make(output, error);
  if (status != STATUS_OK) demo_output_discard(output);
  return status;
}

static void output_release(DemoOutput *output) {
  for (size_t i = 0; i < output->waiting_count; i++) {
    DemoBatch *batch = output->waiting[i];
    if (!batch) continue;
    batch->next = output->spare;
    output->spare = batch;
  }
  while (output->spare) {
    DemoBatch *batch = output->spare;
    output->spare = batch->next;
    for (uint32_t f = 0; f < FILE_COUNT; f++) buffer_clear(&batch->text[f]);
    mem_free(batch);
  }
  mem_free(output->waiting);
  mem_free(output->target);
  mem_free(output->partial);
  pthread_mutex_destroy(&output->lock);
  *output = (DemoOutput){0};
}

void demo_output_discard(DemoOutput *output) {
  static const char *const folders[] = {"/late", "/truth", ""};
  char path[4096];
  for (uint32_t f = 0; output->made && f < FILE_COUNT; f++) {
    if (output->files[f] >= 0) close(output->files[f]);
    snprintf(path, sizeof path, "%s/%s", output->partial, file_infos[f].name);
    unlink(path);
  }
  for (uint32_t i = 0; output->made && i < 3; i++) {
    snprintf(path, sizeof path, "%s%s", output->partial, folders[i]);
    rmdir(path);
  }
  output_release(output);
}

Status demo_output_finish(DemoOutput *output, Error *error) {
  Status status = STATUS_OK;
  for (uint32_t f = 0; f < FILE_COUNT; f++) {
    // A full disk may be reported at close only.
    if (close(output->files[f]) != 0 && status == STATUS_OK)
      status = output_io_error(error, "close", file_infos[f].name);
    output->files[f] = -1;
  }
  if (status == STATUS_OK && rename(output->partial, output->target) != 0)
    status = output_io_error(error, "rename the finished folder to", output->target);
  if (status == STATUS_OK)
    output_release(output);
  else
    demo_output_discard(output);
  return status;
}

void demo_output_expect(DemoOutput *output, size_t count) {
  mem_free(output->waiting);
  output->waiting = mem_alloc_zero(count * sizeof *output->waiting);
  output->waiting_count = count;
  output->next = 0;
}

DemoBatch *demo_output_batch(DemoOutput *output) {
  pthread_mutex_lock(&output->lock);
  DemoBatch *batch = output->spare;
  if (batch) output->spare = batch->next;
  pthread_mutex_unlock(&output->lock);
  if (batch) return batch;
  batch = mem_alloc_zero(sizeof *batch);
  for (uint32_t f = 0; f < FILE_COUNT; f++) buffer_init(&batch->text[f]);
  return batch;
}

static void output_write_batch(DemoOutput *output, DemoBatch *batch) {
  for (uint32_t f = 0; f < FILE_COUNT; f++) {
    Buffer *text = &batch->text[f];
    if (text->size == 0) continue;
    output->bytes += (int64_t)text->size;
    if (output->error.status == STATUS_OK)
      (void)!output_write(output->files[f], text->data, text->size, &output->error);
    buffer_reset(text);
  }
}

Status demo_output_submit(DemoOutput *output, size_t number, DemoBatch *batch, Error *error) {
  pthread_mutex_lock(&output->lock);
  output->waiting[number] = batch;
  while (output->next < output->waiting_count && output->waiting[output->next]) {
    DemoBatch *ready = output->waiting[output->next];
    output->waiting[output->next++] = NULL;
    output_write_batch(output, ready);
    ready->next = output->spare;
    output->spare = ready;
  }
  Status status = output->error.status;
  if (status != STATUS_OK && error) *error = output->error;
  pthread_mutex_unlock(&output->lock);
  return status;
}
