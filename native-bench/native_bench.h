// What the cases share: the clock, the random generator, the report, and one entry each.

#ifndef NATIVE_BENCH_H
#define NATIVE_BENCH_H

#include <stddef.h>
#include <stdint.h>

// Where the cases may write, and the NDJSON file to scan (NULL: lines made here).
typedef struct {
  const char *directory;
  const char *ndjson_path;
  double seconds; // Time budget of one case.
} options_t;

double now_seconds(void);
// Xorshift: fixed seeds make fixed work.
uint64_t next_random(uint64_t *state);
// One JSON line on standard output.
void report(const char *name, double value, const char *unit);
// Ends the program with what failed and errno in words.
_Noreturn void die(const char *what);

uint32_t crc32c(const void *bytes, size_t length);
int crc32c_is_hardware(void);
void crc32c_check(void);

void run_log_append(const options_t *options, size_t records_per_group);
void run_checkpoint(const options_t *options);
void run_rules(const options_t *options);
void run_ndjson(const options_t *options);

#endif
