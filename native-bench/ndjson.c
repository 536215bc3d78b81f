// NDJSON: split into lines and pull out event_name (depth 1) and email (depth 2) with a byte scanner that knows
// strings and escapes.

#include "native_bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)64 << 20)
#define MADE_LINES 50000
#define MADE_LINE_BYTES_MAX 256
#define PASSES_MAX 100000

typedef struct {
  const char *at;
  size_t length;
} text_t;

typedef struct {
  text_t event_name;
  text_t email;
} found_t;

// From the byte after the opening quote to the closing one; NULL when the line ends first.
static const char *string_end(const char *at, const char *end) {
  while (at < end) {
    const char *quote = memchr(at, '"', (size_t)(end - at));
    if (quote == NULL) return NULL;
    const char *back = quote;
    while (back > at && back[-1] == '\\') back--;
    if ((quote - back) % 2 == 0) return quote;
    at = quote + 1;
  }
  return NULL;
}

static bool is_key(const char *at, const char *end, const char *key, size_t key_length) {
  return (size_t)(end - at) == key_length && memcmp(at, key, key_length) == 0;
}

static bool scan_line(const char *at, const char *end, found_t *found) {
  int depth = 0;
  while (at < end) {
    char byte = *at++;
    if (byte == '{' || byte == '[') depth++;
    else if (byte == '}' || byte == ']') depth--;
    else if (byte == '"') {
      const char *close = string_end(at, end);
      if (close == NULL) return false;
      const char *key = at;
      at = close + 1;
      if (at + 1 >= end || *at != ':' || at[1] != '"') continue; // Not a key with a string value.
      at += 2;
      const char *value_close = string_end(at, end);
      if (value_close == NULL) return false;
      text_t value = {.at = at, .length = (size_t)(value_close - at)};
      if (depth == 1 && is_key(key, close, "event_name", 10)) found->event_name = value;
      else if (depth == 2 && is_key(key, close, "email", 5)) found->email = value;
      at = value_close + 1;
    }
  }
  return depth == 0;
}

static char *make_lines(size_t *length) {
  char *bytes = malloc((size_t)MADE_LINES * MADE_LINE_BYTES_MAX);
  if (bytes == NULL) die("malloc");
  uint64_t random = 521288629u;
  *length = 0;
  for (int i = 0; i < MADE_LINES; i++) {
    int person = (int)(next_random(&random) % 100000);
    *length += (size_t)snprintf(
        bytes + *length, MADE_LINE_BYTES_MAX,
        "{\"event_name\":\"page_viewed\",\"data\":{\"email\":\"p%d@example.com\",\"page\":\"product\","
        "\"url\":\"https://shop.example.com/catalogue/item-%d\"}}\n",
        person, person % 1000);
  }
  return bytes;
}

static char *read_lines(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path);
  char *bytes = malloc(BYTES_MAX);
  if (bytes == NULL) die("malloc");
  *length = fread(bytes, 1, BYTES_MAX, file);
  if (ferror(file) || *length == 0) die(path);
  fclose(file);
  return bytes;
}

void run_ndjson(const options_t *options) {
  size_t length;
  char *bytes = options->ndjson_path == NULL ? make_lines(&length) : read_lines(options->ndjson_path, &length);
  const char *end = bytes + length;
  volatile size_t email_bytes = 0; // Keeps the compiler from dropping the work.
  size_t lines = 0;
  size_t passes = 0;
  double start = now_seconds();
  double elapsed = 0;
  while (elapsed < options->seconds && passes < PASSES_MAX) {
    const char *at = bytes;
    while (at < end) {
      const char *newline = memchr(at, '\n', (size_t)(end - at));
      const char *line_end = newline == NULL ? end : newline;
      found_t found = {0};
      if (!scan_line(at, line_end, &found) || found.event_name.length == 0) die("line that is no event");
      email_bytes += found.email.length;
      lines++;
      at = line_end + 1;
    }
    passes++;
    elapsed = now_seconds() - start;
  }
  if (email_bytes == 0) die("no line with an email");
  report("ndjson scan", (double)lines / elapsed, "events/s");
  report("ndjson scan, bytes", (double)(length * passes) / elapsed / 1e6, "MB/s");
  free(bytes);
}
