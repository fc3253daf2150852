/**
 * Rows of an operator's inputs, outputs (sard_port) and attributes (sard_attr_spec), written short:
 *
 *     static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("B", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
 *     static const sard_attr_spec attrs[] = {SARD_INT(my_attrs, axis, -1), SARD_FLOAT(my_attrs, epsilon, 1e-5f), SARD_ATTRS_END};
 *
 * An attribute has the name of the member of its struct. Those of attributes are for C: C++ knows other initializers.
 */
#ifndef SARD_ROWS_H
#define SARD_ROWS_H

#include <stddef.h>

#define SARD_PORT(name, type, dtypes) \
    {                                 \
        name, type, 0, dtypes         \
    }
#define SARD_PORT_OPTIONAL(name, type, dtypes) \
    {                                          \
        name, type, SARD_OPTIONAL, dtypes      \
    }
#define SARD_PORT_VARIADIC(name, type, dtypes) \
    {                                          \
        name, type, SARD_VARIADIC, dtypes      \
    }
#define SARD_PORTS_END \
    {                  \
        NULL, 0, 0, 0  \
    }

#define SARD_INT(struct_, member, default_)                                                          \
    {                                                                                                \
        .name = #member, .kind = SARD_ATTR_INT, .offset = offsetof(struct_, member), .i = (default_) \
    }
#define SARD_INT_IN(struct_, member, default_, min_, max_)                                                                                 \
    {                                                                                                                                      \
        .name = #member, .kind = SARD_ATTR_INT, .flags = SARD_RANGED, .offset = offsetof(struct_, member), .i = (default_), .min = (min_), \
        .max = (max_)                                                                                                                      \
    }
#define SARD_INT_REQUIRED(struct_, member)                                                                  \
    {                                                                                                       \
        .name = #member, .kind = SARD_ATTR_INT, .flags = SARD_REQUIRED, .offset = offsetof(struct_, member) \
    }
#define SARD_FLOAT(struct_, member, default_)                                                          \
    {                                                                                                  \
        .name = #member, .kind = SARD_ATTR_FLOAT, .offset = offsetof(struct_, member), .f = (default_) \
    }
#define SARD_LIST(struct_, member)                                                   \
    {                                                                                \
        .name = #member, .kind = SARD_ATTR_INTS, .offset = offsetof(struct_, member) \
    }
#define SARD_LIST_IN(struct_, member, min_, max_)                                                                                        \
    {                                                                                                                                    \
        .name = #member, .kind = SARD_ATTR_INTS, .flags = SARD_RANGED, .offset = offsetof(struct_, member), .min = (min_), .max = (max_) \
    }
#define SARD_LIST_REQUIRED(struct_, member)                                                                  \
    {                                                                                                        \
        .name = #member, .kind = SARD_ATTR_INTS, .flags = SARD_REQUIRED, .offset = offsetof(struct_, member) \
    }
/** Of kind FLOATS, STRINGS, TENSOR or STRING, with nothing where it is not given. */
#define SARD_ATTR(struct_, member, kind_)                                               \
    {                                                                                   \
        .name = #member, .kind = SARD_ATTR_##kind_, .offset = offsetof(struct_, member) \
    }
#define SARD_CHOICE(struct_, member, default_, words)                                                                       \
    {                                                                                                                       \
        .name = #member, .kind = SARD_ATTR_STRING, .offset = offsetof(struct_, member), .s = (default_), .choices = (words) \
    }
#define SARD_ATTRS_END \
    {                  \
        .name = NULL   \
    }

#endif
