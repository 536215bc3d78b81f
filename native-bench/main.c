// The inner work of the engine, in C with nothing around it: a limit to hold our figures against.
//
//   native-bench [--directory=PATH] [--ndjson=PATH] [--seconds=N]
//
// Prints one JSON line a case: {"name", "value", "unit"}. Files are made in the directory and removed.

#include "native_bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *value_of(const char *argument, const char *option) {
  size_t length = strlen(option);
  return strncmp(argument, option, length) == 0 ? argument + length : NULL;
}

int main(int count, char **arguments) {
  options_t options = {.directory = getenv("TMPDIR"), .ndjson_path = NULL, .seconds = 1.0};
  if (options.directory == NULL) options.directory = "/tmp";
  for (int i = 1; i < count; i++) {
    const char *value;
    if ((value = value_of(arguments[i], "--directory=")) != NULL) options.directory = value;
    else if ((value = value_of(arguments[i], "--ndjson=")) != NULL) options.ndjson_path = value;
    else if ((value = value_of(arguments[i], "--seconds=")) != NULL) options.seconds = atof(value);
    else {
      errno = EINVAL;
      die(arguments[i]);
    }
  }
  crc32c_check();
  report("crc32c by instruction", crc32c_is_hardware(), "1 = yes");
  run_log_append(&options, 64);
  run_log_append(&options, 512);
  run_checkpoint(&options);
  run_rules(&options);
  run_ndjson(&options);
  return 0;
}
