/* NumPy's arrays, alone and in archives: the first byte says which. */
#include "tests/fuzz/fuzz.h"

#include "formats/npy/npy.h"

#include <stdlib.h>
#include <string.h>

static const float numbers[6] = {1, 2, 3, 4, 5, 6};
static const sard_string words[2] = {{"one", 3}, {"zwei", 4}};
static const sard_tensor tensors[2] = {{.dtype = SARD_F32, .rank = 2, .dims = {2, 3}, .data = (void *)numbers, .bytes = sizeof numbers},
                                       {.dtype = SARD_STRING, .rank = 1, .dims = {2}, .data = (void *)words, .bytes = sizeof words}};

size_t fuzz_seed(size_t i, uint8_t *out, size_t most)
{
    void *bytes = NULL;
    size_t size = 0;
    sard_status status = SARD_ARGUMENT;
    if (i < 2)
        status = sard_npy_serialize(&tensors[i], &bytes, &size, NULL);
    else if (i == 2)
        status = sard_npz_serialize(tensors, (const char *const[]){"a", "b"}, 2, &bytes, &size, NULL);
    if (status || size + 1 > most)
        return 0;
    out[0] = i == 2;
    memcpy(out + 1, bytes, size);
    free(bytes);
    return size + 1;
}

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    fuzz_random r = {.state = seed * 0x9e3779b97f4a7c15u + 1};
    return fuzz_mutate_bytes(bytes, size, most, &r);
}

static void must_speak(sard_status status, const sard_error *error)
{
    if (status && !*error->text)
        abort();
}

/* What was read can be written, and is then read again. */
static void write_again(const sard_tensor *tensor)
{
    void *bytes = NULL;
    size_t size;
    sard_tensor again;
    sard_error error = {.text = ""};
    const sard_status status = sard_npy_serialize(tensor, &bytes, &size, &error);
    must_speak(status, &error);
    if (status)
        return;
    if (sard_npy_parse(bytes, size, &again, &error))
        abort();
    if (again.dtype != SARD_STRING && (again.bytes != tensor->bytes || (again.bytes && memcmp(again.data, tensor->data, again.bytes) != 0)))
        abort();
    free(again.data);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    sard_tensor tensor;
    sard_npz_entry *entries = NULL;
    size_t count = 0;
    sard_error error = {.text = ""};
    if (!size)
        return 0;
    if (*bytes % 2) {
        must_speak(sard_npz_parse(bytes + 1, size - 1, &entries, &count, &error), &error);
        sard_npz_free(entries, count);
        return 0;
    }
    const sard_status status = sard_npy_parse(bytes + 1, size - 1, &tensor, &error);
    must_speak(status, &error);
    if (!status) {
        if (tensor.bytes < 1 << 20)
            write_again(&tensor);
        free(tensor.data);
    }
    return 0;
}
