/* Constants that are products: of another one, such as the weights of a file, and a factor for each row of its first dimension.
 *
 * Their memory is there from the beginning but not touched before somebody asks for the elements. A kernel that packs weights takes the
 * source and the factors instead (sard_value_unscaled), so the copy of most networks' weights is never made. */
#ifndef SARD_IR_SCALED_H
#define SARD_IR_SCALED_H

#include "ir/graph.h"

/* A constant of source's type and shape; its elements are those of source, in double, times the factor of their row, rounded once.
 * source: float32 or float64, dense, at any address; its elements and the factors outlive the graph. NULL when memory runs out. */
sard_value *sard_graph_add_scaled(sard_graph *graph, const char *name, const sard_tensor *source, const double *factors);

/* n elements times a factor, in double, rounded once; `from` may have any address. */
void sard_scale(sard_dtype dtype, const char *from, size_t n, double factor, char *to);

/* Some of a constant's elements from byte `at` on, without making all of them: *size bytes, more than 0 where there are more. Products
 * are put into `room`, of room_size bytes, a multiple of 8. `at`: a multiple of the element's size. */
const char *sard_value_piece(const sard_value *value, size_t at, char *room, size_t room_size, size_t *size);

#endif
