/* One level of execution: the plan's graph, or a subgraph of one of its nodes. */
#ifndef SARD_RUNTIME_INTERPRET_H
#define SARD_RUNTIME_INTERPRET_H

#include "ir/call.h"
#include "runtime/session.h"

/* Operators see its host. */
typedef struct sard_level_run {
    sard_host host;
    sard_session *session;
    sard_arena *values;    /* results of this level's dynamic nodes */
    sard_arena temp;       /* until the node at hand is done */
    sard_arena results[2]; /* of subgraphs of the node at hand: those of the last call and of the one before */
    bool turn;             /* which of them the last call filled */
    bool keep_all;         /* results point into what the node at hand allocates */
    bool flushes;          /* denormals count as zero, and are to be on all threads */
    uint64_t float_state;  /* of this thread before that */
    sard_tensor *table;    /* by value id */
    sard_error *error;
} sard_level_run;

sard_level_run sard_level_make(sard_session *session, sard_arena *values, sard_tensor *table, sard_error *error);

/* After each node: lets go of what lives only as long as it runs. */
void sard_level_forget(sard_level_run *level);

/* Before each node: was the run cancelled, or does it go on for too long? */
sard_status sard_level_check(sard_level_run *level, const sard_node *node) SARD_MUST_USE;

/* Before a node whose shapes are known: is there work left that the run may do? */
sard_status sard_level_spend(sard_level_run *level, const sard_node *node, double work) SARD_MUST_USE;

/* After each node: its status, or CANCELLED where it was cut short. */
sard_status sard_level_finish(const sard_level_run *level, const sard_node *node, sard_status status) SARD_MUST_USE;

/* Runs a node whose shapes are known only now, by its operator's evaluation. */
sard_status sard_level_run_dynamic(sard_level_run *level, sard_node *node) SARD_MUST_USE;

/* Gives the results of a node to the session's `value`; step SIZE_MAX: none of the plan's made them. */
sard_status sard_level_tell(sard_level_run *level, const sard_node *node, size_t step) SARD_MUST_USE;

/* A copy of a list and all its items that lasts as long as the run. */
sard_status sard_level_copy_list(sard_level_run *level, const sard_tensor *from, sard_tensor *to) SARD_MUST_USE;

/* Memory of the level's values; NULL when it runs out, or the limit. */
void *sard_level_keep(sard_level_run *level, size_t bytes);

/* Strings that a node makes point into memory it allocates: that has to last as long as they do. */
bool sard_makes_strings(const sard_node *node);

#endif
