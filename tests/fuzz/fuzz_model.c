/* Any bytes as a model, with random sizes for free dims. */
#include "tests/fuzz/fuzz.h"

size_t fuzz_seed(size_t i, uint8_t *out, size_t most) { return fuzz_text_as_model(i, out, most); }

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    fuzz_random r = {.state = seed * 0x9e3779b97f4a7c15u + 1};
    return fuzz_mutate_bytes(bytes, size, most, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_run_model(bytes, size, NULL);
    return 0;
}
