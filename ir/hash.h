/* Hashes of bytes that a file chose: a secret of this process goes in, so that no file can bring names that all fall into one place. */
#ifndef SARD_IR_HASH_H
#define SARD_IR_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The same for the same bytes, in this process. */
uint64_t sard_hash(const void *bytes, size_t size);
/* Of two hashes, or of a hash and a number, in this order. */
uint64_t sard_hash_both(uint64_t first, uint64_t second);

#endif
