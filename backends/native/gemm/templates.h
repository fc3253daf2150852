/* The templates of the family, and its table for the tier that includes them. No guard: a file is one tier. */
#include "backends/native/gemm/gemm_template.h"
#include "backends/native/gemm/gemv_template.h"
#include "backends/native/gemm/weights_template.h"

#define GEMM_TABLE                                                                                        \
    {                                                                                                     \
        .rows = {0, TILE_ROWS_1, TILE_ROWS_2, TILE_ROWS_3},                                               \
        .flat = {EACH_TILE_1(FLAT_ENTRY) EACH_TILE_2(FLAT_ENTRY) EACH_TILE_3(FLAT_ENTRY)},                \
        .rowwise = {EACH_TILE_1(ROWS_ENTRY) EACH_TILE_2(ROWS_ENTRY) EACH_TILE_3(ROWS_ENTRY)},             \
        .rows_times_vector = TIER(rows_times_vector), .vector_times_columns = TIER(vector_times_columns), \
        .columns = TIER(weights_columns),                                                                 \
    }
