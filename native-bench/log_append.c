// The log: groups of framed records (length, CRC32C, 300 bytes), one write and one fdatasync a group.

#include "native_bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_BYTES 300
#define FRAME_BYTES (8 + RECORD_BYTES)
#define GROUPS_MAX 200000 // Some 6 GB at 64 records: time ends the case first.

static void write_all(int file, const uint8_t *at, size_t length) {
  while (length > 0) {
    ssize_t written = write(file, at, length);
    if (written < 0) die("write");
    at += written;
    length -= (size_t)written;
  }
}

static void frame_record(uint8_t *at, uint64_t *random) {
  uint8_t *payload = at + 8;
  for (size_t i = 0; i + 8 <= RECORD_BYTES; i += 8) {
    uint64_t word = *random + i;
    memcpy(payload + i, &word, 8);
  }
  next_random(random);
  uint32_t length = RECORD_BYTES;
  uint32_t crc = crc32c(payload, RECORD_BYTES);
  memcpy(at, &length, 4);
  memcpy(at + 4, &crc, 4);
}

void run_log_append(const options_t *options, size_t records_per_group) {
  char path[4096];
  snprintf(path, sizeof path, "%s/native-bench-log", options->directory);
  int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
  if (file < 0) die(path);
  size_t group_bytes = records_per_group * FRAME_BYTES;
  uint8_t *group = calloc(1, group_bytes);
  if (group == NULL) die("calloc");
  uint64_t random = 88172645463325252u;
  double start = now_seconds();
  double elapsed = 0;
  size_t groups = 0;
  while (elapsed < options->seconds && groups < GROUPS_MAX) {
    for (size_t i = 0; i < records_per_group; i++) frame_record(group + i * FRAME_BYTES, &random);
    write_all(file, group, group_bytes);
    if (fdatasync(file) != 0) die("fdatasync");
    groups++;
    elapsed = now_seconds() - start;
  }
  char name[64];
  snprintf(name, sizeof name, "log append, %zu records a group", records_per_group);
  report(name, (double)(groups * records_per_group) / elapsed, "records/s");
  snprintf(name, sizeof name, "log group time, %zu records a group", records_per_group);
  report(name, elapsed * 1e6 / (double)groups, "us");
  free(group);
  if (close(file) != 0 || unlink(path) != 0) die(path);
}
