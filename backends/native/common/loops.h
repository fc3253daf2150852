/* Loops over a result and its operands with as few dimensions as their strides allow. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_LOOPS_H
#define SARD_BACKENDS_NATIVE_COMMON_LOOPS_H

#include <sard/plugin.h>

#define SARD_LOOPS_OPERANDS 3

/* strides[k][i]: of operand k along dimension i, in elements; 0 where it is broadcast. Once they are joined rank is
 * at least 2, and the last dimension the inner loop. */
typedef struct sard_loops {
    int rank, operands;
    int64_t dims[SARD_MAX_RANK], strides[SARD_LOOPS_OPERANDS][SARD_MAX_RANK];
} sard_loops;

/* Strides of a tensor, its ld included, read as if it had `dims`. */
void sard_tensor_strides(const sard_tensor *tensor, int rank, const int64_t *dims, int64_t *strides);

/* Drops dimensions of size 1 and joins those that all operands walk through evenly. */
void sard_loops_join(sard_loops *loops);

/* Operand 0 is the result, which has the dims; the others are broadcast to it. Strides of the inner loop are 0 or 1. */
sard_loops sard_loops_of(const sard_tensor *const *operands, int count);

/* Pieces of about `elements`, each a number of inner rows, or a part of one, at one place of the outer dimensions. */
typedef struct sard_pieces {
    int64_t count, rows, columns;      /* of a piece, at most */
    int64_t row_pieces, column_pieces; /* of a plane */
} sard_pieces;

sard_pieces sard_pieces_of(const sard_loops *loops, int64_t elements);

/* Piece i: where it begins in each operand, and its size. */
void sard_piece_at(const sard_loops *loops, const sard_pieces *pieces, int64_t i, int64_t *offsets, int64_t *rows, int64_t *columns);

#endif
