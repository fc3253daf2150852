/* Models that stay models: a mutator that knows ONNX. */
#include "tests/fuzz/fuzz.h"

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);

size_t fuzz_seed(size_t i, uint8_t *out, size_t most) { return fuzz_text_as_model(i, out, most); }

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    fuzz_random r = {.state = seed * 0x9e3779b97f4a7c15u + 1};
    for (uint64_t edits = 1 + fuzz_below(&r, 3); edits > 0; edits--)
        size = fuzz_mutate_model(bytes, size, most, &r);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) { return fuzz_mutate(bytes, size, most, seed); }

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_run_model(bytes, size, NULL);
    return 0;
}
