/* Runs a fuzz target without libFuzzer: its own seeds and the files that are given, each as it is and changed.
 * usage: fuzz_TARGET [-runs=N] [-seconds=S] [FILE ...]       an input that crashes is found by its number: -from=N -runs=1
 *        fuzz_TARGET -seeds=DIR                               writes its seeds for libFuzzer */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 1 << 16, MOST_INPUTS = 64 };

typedef struct corpus {
    uint8_t *inputs[MOST_INPUTS];
    size_t sizes[MOST_INPUTS], count;
} corpus;

static void add(corpus *c, const uint8_t *bytes, size_t size)
{
    if (!size || c->count == MOST_INPUTS)
        return;
    c->inputs[c->count] = malloc(size);
    memcpy(c->inputs[c->count], bytes, size);
    c->sizes[c->count++] = size;
}

/* Run `number`: so many changes of one of the inputs, none at first. */
static void run(const corpus *c, unsigned number, uint8_t *bytes)
{
    const size_t i = number % c->count;
    uint8_t *exact;
    size_t size = c->sizes[i];
    memcpy(bytes, c->inputs[i], size);
    for (unsigned k = 0; number >= c->count && k < 1 + number / c->count % 12; k++)
        size = fuzz_mutate(bytes, size, MOST, number * 16 + k);
    exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void write_seeds(const corpus *c, const char *folder)
{
    char path[300];
    for (size_t i = 0; i < c->count; i++) {
        snprintf(path, sizeof path, "%.250s/seed%zu", folder, i);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(c->inputs[i], 1, c->sizes[i], file) != c->sizes[i] || fclose(file))
            perror(path);
    }
}

int main(int argc, char **argv)
{
    static uint8_t bytes[MOST];
    corpus c = {.count = 0};
    unsigned runs = 300, from = 0, seconds = 10;
    size_t size;
    for (size_t i = 0; (size = fuzz_seed(i, bytes, MOST)); i++)
        add(&c, bytes, size);
    if (argc == 2 && !strncmp(argv[1], "-seeds=", 7))
        return write_seeds(&c, argv[1] + 7), 0;
    for (int i = 1; i < argc; i++)
        if (sscanf(argv[i], "-runs=%u", &runs) + sscanf(argv[i], "-from=%u", &from) + sscanf(argv[i], "-seconds=%u", &seconds) < 1)
            add(&c, bytes, fuzz_read(argv[i], bytes, MOST));
    if (!c.count)
        return fprintf(stderr, "no input\n"), 1;
    const time_t end = time(NULL) + (time_t)seconds;
    unsigned number = from;
    const char *talks = getenv("SARD_FUZZ_TALK");
    for (; number - from < runs && time(NULL) < end; number++) {
        if (talks)
            fprintf(stderr, "%u\n", number);
        run(&c, number, bytes);
    }
    printf("%u runs of %zu inputs\n", number - from, c.count);
    for (size_t i = 0; i < c.count; i++)
        free(c.inputs[i]);
    return 0;
}
