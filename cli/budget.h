/* Memory for what may be left out: at most so much of it. */
#ifndef SARD_CLI_BUDGET_H
#define SARD_CLI_BUDGET_H

#include "cli/cli.h"

#include <stdatomic.h>

/* left: bytes that may still be asked for; set it before the first use. */
typedef struct cli_budget {
    atomic_size_t left;
} cli_budget;

/* For contexts: allocations fail where the budget would be overdrawn. It must outlive them. */
sard_allocator cli_budget_allocator(cli_budget *budget);

#endif
