// Rules: six conditions on a struct, alone and as 100 rules found through an index of event names.

#include "native_bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define RULES 100
#define NAMES 20 // Five rules an event name.
#define EVENTS 16384 // More than a branch predictor learns by heart.
#define INDEX_SLOTS 64
#define NAME_BYTES 24
#define BATCHES_MAX 10000000
#define BATCHES_PER_CLOCK_LOOK 16

typedef struct {
  char name[NAME_BYTES];
  char channel[16];
  double cart_value;
  uint32_t prior_steps;
  uint32_t prior_rewards;
  uint32_t age_days;
  bool has_identity;
} event_t;

// Bounds are data: two rules differ in numbers, not in code.
typedef struct {
  char channel[16];
  double cart_value_min;
  double cart_value_max;
  uint32_t prior_steps_max;
  uint32_t prior_rewards_max;
  uint32_t age_days_min;
} rule_t;

typedef struct {
  char name[NAME_BYTES];
  uint32_t count;
  uint32_t rules[RULES];
} slot_t;

static event_t events[EVENTS];
static rule_t rules[RULES];
static slot_t slots[INDEX_SLOTS];

static uint32_t hash_name(const char *name) {
  uint32_t hash = 0x811c9dc5u;
  for (; *name != 0; name++) hash = (hash ^ (uint8_t)*name) * 0x01000193u;
  return hash ^ (hash >> 15);
}

static slot_t *find_slot(const char *name) {
  uint32_t at = hash_name(name) % INDEX_SLOTS;
  while (slots[at].name[0] != 0 && strcmp(slots[at].name, name) != 0) at = (at + 1) % INDEX_SLOTS;
  return &slots[at];
}

__attribute__((noinline)) static bool passes(const rule_t *rule, const event_t *event) {
  return event->has_identity && event->cart_value >= rule->cart_value_min && event->cart_value < rule->cart_value_max &&
         event->prior_steps <= rule->prior_steps_max && event->prior_rewards <= rule->prior_rewards_max &&
         (event->age_days >= rule->age_days_min || strcmp(event->channel, rule->channel) == 0);
}

static void prepare(void) {
  uint64_t random = 362436069u;
  for (int i = 0; i < RULES; i++) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "event_%d", i % NAMES);
    slot_t *slot = find_slot(name);
    strcpy(slot->name, name);
    slot->rules[slot->count++] = (uint32_t)i;
    rules[i] = (rule_t){.channel = "EMAIL", .cart_value_min = i, .cart_value_max = 400 + i, .prior_steps_max = 90,
                        .prior_rewards_max = 9, .age_days_min = 3};
  }
  for (int i = 0; i < EVENTS; i++) {
    snprintf(events[i].name, NAME_BYTES, "event_%d", (int)(next_random(&random) % NAMES));
    strcpy(events[i].channel, next_random(&random) % 2 ? "EMAIL" : "FACEBOOK");
    events[i].cart_value = (double)(next_random(&random) % 50000) / 100;
    events[i].prior_steps = next_random(&random) % 100;
    events[i].prior_rewards = next_random(&random) % 10;
    events[i].age_days = next_random(&random) % 30;
    events[i].has_identity = next_random(&random) % 10 != 0;
  }
}

static uint64_t evaluate_one_rule(void) {
  uint64_t passed = 0;
  for (int i = 0; i < EVENTS; i++) passed += passes(&rules[7], &events[i]);
  return passed;
}

static uint64_t evaluate_indexed(void) {
  uint64_t passed = 0;
  for (int i = 0; i < EVENTS; i++) {
    const slot_t *slot = find_slot(events[i].name);
    for (uint32_t k = 0; k < slot->count; k++) passed += passes(&rules[slot->rules[k]], &events[i]);
  }
  return passed;
}

static void measure(const options_t *options, const char *name, const char *unit, uint64_t (*batch)(void)) {
  volatile uint64_t passed = 0; // Keeps the compiler from dropping the work.
  double start = now_seconds();
  double elapsed = 0;
  size_t batches = 0;
  while (elapsed < options->seconds && batches < BATCHES_MAX) {
    for (int i = 0; i < BATCHES_PER_CLOCK_LOOK; i++) {
      passed += batch();
      __asm__ volatile("" ::: "memory"); // Without it the compiler may run a batch once and add it 16 times.
    }
    batches += BATCHES_PER_CLOCK_LOOK;
    elapsed = now_seconds() - start;
  }
  if (passed == 0) die("no rule ever passed");
  report(name, (double)(batches * EVENTS) / elapsed, unit);
}

void run_rules(const options_t *options) {
  prepare();
  measure(options, "rule of 6 conditions", "evaluations/s", evaluate_one_rule);
  measure(options, "100 rules indexed by event name", "events/s", evaluate_indexed);
}
