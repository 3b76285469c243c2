// Who a member is: all that is drawn once, before the first purchase.
#pragma once
#include "demo_basket.h"
#include "demo_effects.h"

typedef enum ChurnCause {
  CHURN_NONE,
  CHURN_DRIFT,
  CHURN_ONE_TIME,
  CHURN_DECAY,
  CHURN_STORE_CLOSED,
  CHURN_MERGED,
  CHURN_COMPETITOR,
  CHURN_CAUSE_COUNT
} ChurnCause;
extern const char *const churn_cause_names[CHURN_CAUSE_COUNT];
typedef enum MemberStatus {
  MEMBER_ACTIVE,
  MEMBER_BLOCKED,
  MEMBER_DELETED,
  MEMBER_MERGED,
  MEMBER_STATUS_COUNT
} MemberStatus;
extern const char *const member_status_names[MEMBER_STATUS_COUNT];

enum { BOOTS_SEASONS = 3 }; // autumns of 2023, 2024, 2025

typedef struct Member {
  uint32_t customer; // key, 1 ..
  int32_t registered;
  double rate;       // visits a day while active, at weight 1
  int32_t churn_day; // first day without; DAY_NEVER
  ChurnCause churn_cause;
  int32_t decay_from; // DAY_NEVER: none
  int32_t dormant_from, dormant_to;
  uint32_t home, second_home, enrolment; // shops; second_home when home closes
  uint8_t enrolment_cashier, acquisition, source, day_part, consents;
  MemberStatus status;
  bool first_visit; // buys on the day of registration
  bool one_time;    // and never again
  bool online;      // buys online too
  bool employee, test;
  double redeems; // chance to spend points when there are some
  uint32_t merged_into;
  int32_t merge_day; // of this profile into another, or DAY_NEVER
  uint32_t absorbed; // the profile merged into this one, or 0
  int32_t absorbed_day;
  uint32_t person;                  // key of the person behind the profile
  int32_t boots_day[BOOTS_SEASONS]; // DAY_NEVER: none
  bool inferred;                    // the customers row arrives late
} Member;

// Draws member `customer` (1 .. member_count).
void demo_member_init(const DemoWorld *world, uint32_t customer, Member *member);
// Whether, and where, the member lives on day `day` >= registered: factor on the rate.
double demo_member_activity(const Member *member, int32_t day);
