// The checkpoint: 1,000 random updates of 400 bytes among 100,000 keys a transaction, each commit synced.

#include "native_bench.h"

#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEYS 100000
#define VALUE_BYTES 400
#define UPDATES_PER_TRANSACTION 1000
#define TRANSACTIONS_MAX 100000
#define MAP_BYTES ((size_t)1 << 30)

static void check(int code, const char *what) {
  if (code == MDB_SUCCESS) return;
  fprintf(stderr, "native-bench: %s: %s\n", what, mdb_strerror(code));
  errno = 0;
  die(what);
}

static void put(MDB_txn *transaction, MDB_dbi table, uint64_t number, uint8_t *value) {
  char key_text[20];
  int key_bytes = snprintf(key_text, sizeof key_text, "p%018llu", (unsigned long long)number);
  MDB_val key = {.mv_size = (size_t)key_bytes, .mv_data = key_text};
  MDB_val data = {.mv_size = VALUE_BYTES, .mv_data = value};
  memcpy(value, &number, sizeof number);
  value[8]++;
  check(mdb_put(transaction, table, &key, &data, 0), "mdb_put");
}

void run_checkpoint(const options_t *options) {
  char path[4096];
  char lock_path[4200];
  snprintf(path, sizeof path, "%s/native-bench-lmdb", options->directory);
  snprintf(lock_path, sizeof lock_path, "%s-lock", path);
  unlink(path);
  MDB_env *environment;
  MDB_txn *transaction;
  MDB_dbi table;
  uint8_t value[VALUE_BYTES] = {0};
  check(mdb_env_create(&environment), "mdb_env_create");
  check(mdb_env_set_mapsize(environment, MAP_BYTES), "mdb_env_set_mapsize");
  check(mdb_env_open(environment, path, MDB_NOSUBDIR, 0600), "mdb_env_open");
  check(mdb_txn_begin(environment, NULL, 0, &transaction), "mdb_txn_begin");
  check(mdb_dbi_open(transaction, NULL, 0, &table), "mdb_dbi_open");
  for (uint64_t number = 0; number < KEYS; number++) put(transaction, table, number, value);
  check(mdb_txn_commit(transaction), "mdb_txn_commit");

  uint64_t random = 2463534242u;
  double start = now_seconds();
  double elapsed = 0;
  size_t transactions = 0;
  while (elapsed < options->seconds && transactions < TRANSACTIONS_MAX) {
    check(mdb_txn_begin(environment, NULL, 0, &transaction), "mdb_txn_begin");
    for (int i = 0; i < UPDATES_PER_TRANSACTION; i++) put(transaction, table, next_random(&random) % KEYS, value);
    check(mdb_txn_commit(transaction), "mdb_txn_commit");
    transactions++;
    elapsed = now_seconds() - start;
  }
  double updates = (double)(transactions * UPDATES_PER_TRANSACTION);
  report("checkpoint, 1000 updates a transaction", updates / elapsed, "updates/s");
  mdb_env_close(environment);
  if (unlink(path) != 0 || unlink(lock_path) != 0) die(path);
}
