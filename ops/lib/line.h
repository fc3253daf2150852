/* Runs of elements with a stride, read and written as doubles. */
#ifndef SARD_OPS_LIB_LINE_H
#define SARD_OPS_LIB_LINE_H

#include "ir/dtype.h"

/* At most this many elements at once. */
#define SARD_LINE 256

/* out[i] = data[at + i * step] for i < n <= SARD_LINE */
void sard_line_read(sard_dtype dtype, const void *data, int64_t at, int64_t step, int64_t n, double *out);
/* data[at + i * step] = in[i] */
void sard_line_write(sard_dtype dtype, void *data, int64_t at, int64_t step, int64_t n, const double *in);

#endif
