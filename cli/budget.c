/* An allocator that counts. Each block begins with its size. */
#include "cli/budget.h"

#include <stdlib.h>

enum { HEAD = 16 };

static void *take(void *user, size_t size)
{
    cli_budget *budget = user;
    size_t left = atomic_load(&budget->left);
    do
        if (size > left || size > SIZE_MAX - HEAD)
            return NULL;
    while (!atomic_compare_exchange_weak(&budget->left, &left, left - size));
    char *block = malloc(size + HEAD);
    if (!block) {
        atomic_fetch_add(&budget->left, size);
        return NULL;
    }
    *(size_t *)(void *)block = size;
    return block + HEAD;
}

static void give_back(void *user, void *memory)
{
    cli_budget *budget = user;
    if (!memory)
        return;
    char *block = (char *)memory - HEAD;
    atomic_fetch_add(&budget->left, *(size_t *)(void *)block);
    free(block);
}

sard_allocator cli_budget_allocator(cli_budget *budget) { return (sard_allocator){take, give_back, budget}; }
