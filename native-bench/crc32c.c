// CRC-32C (Castagnoli): the SSE4.2 instruction where the processor has it, else a table of 8 x 256 words.

#include "native_bench.h"

#include <errno.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u

static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? POLYNOMIAL : 0);
    table[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; byte++) {
    for (int slice = 1; slice < 8; slice++) {
      table[slice][byte] = (table[slice - 1][byte] >> 8) ^ table[0][table[slice - 1][byte] & 0xff];
    }
  }
}

static uint32_t crc32c_table(const uint8_t *at, size_t length) {
  uint32_t crc = ~0u;
  for (; length >= 8; length -= 8, at += 8) {
    uint32_t low, high;
    memcpy(&low, at, 4);
    memcpy(&high, at + 4, 4);
    low ^= crc; // Little-endian machines only, as are all we build for.
    crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^ table[4][low >> 24] ^
          table[3][high & 0xff] ^ table[2][(high >> 8) & 0xff] ^ table[1][(high >> 16) & 0xff] ^ table[0][high >> 24];
  }
  for (; length > 0; length--) crc = (crc >> 8) ^ table[0][(crc ^ *at++) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(const uint8_t *at, size_t length) {
  uint64_t crc = ~0u;
  for (; length >= 8; length -= 8, at += 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  uint32_t tail = (uint32_t)crc;
  for (; length > 0; length--) tail = __builtin_ia32_crc32qi(tail, *at++);
  return ~tail;
}

int crc32c_is_hardware(void) { return __builtin_cpu_supports("sse4.2") != 0; }
#else
static uint32_t crc32c_sse42(const uint8_t *at, size_t length) { return crc32c_table(at, length); }

int crc32c_is_hardware(void) { return 0; }
#endif

uint32_t crc32c(const void *bytes, size_t length) {
  return crc32c_is_hardware() ? crc32c_sse42(bytes, length) : crc32c_table(bytes, length);
}

// The check value of the CRC catalogue, and both ways against each other on all short lengths.
void crc32c_check(void) {
  uint8_t bytes[64];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 37 + 11);
  errno = 0;
  if (crc32c_table((const uint8_t *)"123456789", 9) != 0xe3069283u) die("crc32c by table");
  for (size_t length = 0; length <= sizeof bytes; length++) {
    if (crc32c(bytes, length) != crc32c_table(bytes, length)) die("crc32c by instruction");
  }
}
