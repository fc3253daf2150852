/**
 * sard reports: what a session's current plan consists of, its steps, its memory, and where its values lie. sard.h includes this.
 *
 * The current plan is the one of the last run or sard_session_plan, or the one that sard_session_new made. What these functions return
 * belongs to the session and stays until it has another plan. Threads: as for the session, one at a time.
 */
#ifndef SARD_REPORT_H
#define SARD_REPORT_H

#include <sard/sard.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Bytes of the current plan.
 * arena     all values between the steps: exactly what is taken, a multiple of 64
 * scratch   working memory of the largest step
 * packed    weights in the form that kernels want, shared by the model's sessions
 * weights   constants read in place, from the file's map or the model's memory
 */
typedef struct sard_memory {
    size_t struct_size;
    uint64_t arena, scratch, packed, weights;
} sard_memory;

SARD_API void sard_session_memory(const sard_session *session, sard_memory *out);

/** One step of the plan; names are owned by the session. */
typedef struct sard_step_info {
    size_t struct_size;
    const char *op, *name;        /**< operator and node */
    const char *backend, *kernel; /**< who runs it */
    const char *reason;           /**< why: cost, or what kept the others away */
    const char *const *epilogue;  /**< operators applied to the result, in order */
    size_t epilogue_count;
    const sard_value_info *outputs;
    size_t output_count;
    double macs;                   /**< multiply-adds, of Conv-like and matrix operators; else 0 */
    double bytes;                  /**< read and written, each tensor once */
    double milliseconds;           /**< of the runs so far, the minimum; 0 without options.profile */
    const sard_value_info *inputs; /**< those of the epilogue at the end; a NULL name: an optional one that is not there */
    size_t input_count;
    const char *const *joined; /**< names of the nodes before it that it runs as well */
    size_t joined_count;
} sard_step_info;

/** 0 without a plan. */
SARD_API size_t sard_session_step_count(const sard_session *session);

/** The i-th step of the current plan; false beyond the last, without a plan, or where out->struct_size is not set. */
SARD_API bool sard_session_step(const sard_session *session, size_t i, sard_step_info *out);

/**
 * Where the plan puts a value: `bytes` of the arena from `offset` on, from `first_step` to `last_step`. Values may lie in the memory of
 * another, `owner` (its own name if it has its own); columns of it then, so that `bytes` reach over those of others.
 */
typedef struct sard_place_info {
    size_t struct_size;
    const char *name, *owner;
    const char *op; /**< that makes it */
    size_t first_step, last_step;
    uint64_t offset, bytes;
} sard_place_info;

/** How many values have a place in the arena; 0 without a plan. */
SARD_API size_t sard_session_place_count(const sard_session *session);

/** The i-th of them; false as for steps. */
SARD_API bool sard_session_place(const sard_session *session, size_t i, sard_place_info *out);

#ifdef __cplusplus
}
#endif
#endif
