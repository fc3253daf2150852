/* What the fuzz targets share. Each has libFuzzer's interface; replay.c runs them without libFuzzer. */
#ifndef SARD_TESTS_FUZZ_H
#define SARD_TESTS_FUZZ_H

#include <sard/graph.h>

/* Runs the input; always 0. Aborts where something is wrong that no sanitizer sees. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The i-th input to begin with, at most `most` bytes; 0: there are no more. */
size_t fuzz_seed(size_t i, uint8_t *out, size_t most);

/* Changes the input in place and returns its new size: bytes here and there, or what the target knows better. */
size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t most, unsigned seed);

/* ---- numbers that follow from an input ---- */

typedef struct fuzz_random {
    uint64_t state;
} fuzz_random;

fuzz_random fuzz_random_of(const uint8_t *bytes, size_t size);
uint64_t fuzz_below(fuzz_random *r, uint64_t n);

/* ---- seeds ---- */

/* Graphs in the text form; NULL beyond the last. */
const char *fuzz_text(size_t i);
/* The same as .onnx files. */
size_t fuzz_text_as_model(size_t i, uint8_t *out, size_t most);
/* A file of this process's own: made once, overwritten, removed at the end. `ending`: ".onnx". */
const char *fuzz_path(const char *ending);
size_t fuzz_read(const char *path, uint8_t *out, size_t most);

/* ---- values ---- */

/* Gives a value, whose type and dims are set, elements; a list gets items of any shape, few of them. False: it cannot be made. */
bool fuzz_make_value(fuzz_random *random, sard_tensor *out);
void fuzz_copy_value(const sard_tensor *from, sard_tensor *out);
bool fuzz_same_value(const sard_tensor *a, const sard_tensor *b);
void fuzz_free_value(sard_tensor *value);

/* ---- mutators ---- */

size_t fuzz_mutate_bytes(uint8_t *bytes, size_t size, size_t most, fuzz_random *r);
/* One change that knows what ONNX is: attributes, dims, types, wires, captures, nodes, functions. Bytes that are no model change as bytes. */
size_t fuzz_mutate_model(uint8_t *bytes, size_t size, size_t most, fuzz_random *r);

/* Loads a model from memory (or a file, where path is not NULL) and runs it in several ways, all of which must agree. */
void fuzz_run_model(const uint8_t *bytes, size_t size, const char *path);

#endif
