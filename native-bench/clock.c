#include "native_bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_seconds(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) die("clock_gettime");
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

uint64_t next_random(uint64_t *state) {
  uint64_t word = *state;
  word ^= word << 13;
  word ^= word >> 7;
  word ^= word << 17;
  *state = word;
  return word;
}

void report(const char *name, double value, const char *unit) {
  printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
  fflush(stdout);
}

_Noreturn void die(const char *what) {
  fprintf(stderr, "native-bench: %s: %s\n", what, errno == 0 ? "unexpected result" : strerror(errno));
  exit(1);
}
